"""Plan and agents in, rows out: calibration, passes, rounds, the gate and the stopping rule."""

from runner.measure.environment import (
    Clock,
    Environment,
    Listener,
    Progress,
    Stop,
    SystemClock,
    Watch,
    stop_on_signals,
)
from runner.measure.estimate import Expectation, estimate, expectation
from runner.measure.measuring import BlockEnd, Departure, Ending, Outcome, measure
from runner.measure.rounds import TrialRunner

__all__ = [
    "BlockEnd",
    "Clock",
    "Departure",
    "Ending",
    "Environment",
    "Expectation",
    "Listener",
    "Outcome",
    "Progress",
    "Stop",
    "SystemClock",
    "TrialRunner",
    "Watch",
    "estimate",
    "expectation",
    "measure",
    "stop_on_signals",
]
