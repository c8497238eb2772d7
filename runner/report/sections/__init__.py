"""The sections of a report: one file each, with a function of the file's name."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple

from runner.report.document import Section
from runner.report.view import View

NAMES = (
    "answer",
    "ratios",
    "workers",
    "latency",
    "payloads",
    "upgrades",
    "placement",
    "clocks",
    "history",
    "noise",
    "failures",
    "machine",
)
"""The sections in their order. To add one, write its file and name it here."""

SECTIONS: tuple[Callable[[View], Section], ...] = tuple(
    getattr(import_module(f"{__name__}.{name}"), name) for name in NAMES
)


class Addition(NamedTuple):
    """What a study adds to a report: sections, and the rows of further tables by name."""

    sections: Sequence[Callable[[View], Section]] = ()
    tables: Mapping[str, Sequence[object]] = MappingProxyType({})


def with_added(additions: Sequence[Addition]) -> tuple[Callable[[View], Section], ...]:
    """Return SECTIONS with those of studies: after what was found, before how it was measured."""
    place = NAMES.index("noise")
    added = (section for one in additions for section in one.sections)
    return (*SECTIONS[:place], *added, *SECTIONS[place:])
