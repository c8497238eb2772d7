"""The sections of a report: one file each, with a function of the file's name."""

from collections.abc import Callable
from importlib import import_module

from runner.report.document import Section
from runner.report.view import View

NAMES = (
    "headlines",
    "statuses",
    "winners",
    "ratios",
    "workers",
    "seeds",
    "latency",
    "payloads",
    "upgrades",
    "others",
    "clocks",
    "history",
    "noise",
    "claims",
    "failures",
    "machine",
)
"""The order in which they stand. To add a section, write its file and name it here."""

SECTIONS: tuple[Callable[[View], Section], ...] = tuple(
    getattr(import_module(f"{__name__}.{name}"), name) for name in NAMES
)
