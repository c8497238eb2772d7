"""The sections of a report: one function each, in the order in which they stand."""

from collections.abc import Callable

from runner.report.document import Section
from runner.report.sections.claims import claims
from runner.report.sections.clocks import clocks
from runner.report.sections.failures import failures
from runner.report.sections.headlines import headlines
from runner.report.sections.history import history
from runner.report.sections.latency import latency
from runner.report.sections.machine import machine
from runner.report.sections.noise import noise
from runner.report.sections.others import others
from runner.report.sections.payloads import payloads
from runner.report.sections.ratios import ratios
from runner.report.sections.seeds import seeds
from runner.report.sections.statuses import statuses
from runner.report.sections.upgrades import upgrades
from runner.report.sections.winners import winners
from runner.report.sections.workers import workers
from runner.report.view import View

SECTIONS: tuple[Callable[[View], Section], ...] = (
    headlines,
    statuses,
    winners,
    ratios,
    workers,
    seeds,
    latency,
    payloads,
    upgrades,
    others,
    clocks,
    history,
    noise,
    claims,
    failures,
    machine,
)
"""To add a section, write its function and name it here."""
