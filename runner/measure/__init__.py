"""Plan and agents in, rows out: calibration, passes, rounds, the gate and the stopping rule."""

from runner.measure.bench import TrialRunner
from runner.measure.estimate import Expectation, estimate, expectation
from runner.measure.measuring import BlockEnd, Outcome, measure
from runner.measure.span import Ending
from runner.measure.stops import Stop, stop_on_signals
from runner.measure.surroundings import (
    Clock,
    Listener,
    Progress,
    Silent,
    Surroundings,
    SystemClock,
    Unwatched,
    Watch,
)

__all__ = [
    "BlockEnd",
    "Clock",
    "Ending",
    "Expectation",
    "Listener",
    "Outcome",
    "Progress",
    "Silent",
    "Stop",
    "Surroundings",
    "SystemClock",
    "TrialRunner",
    "Unwatched",
    "Watch",
    "estimate",
    "expectation",
    "measure",
    "stop_on_signals",
]
