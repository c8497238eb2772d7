"""What is known of the machine: its facts, its state, its use by others, and what to mend."""

from runner.facts.check import Check
from runner.facts.checks import checks
from runner.facts.conditions import RoundMeter
from runner.facts.engine import engine_checks
from runner.facts.machine import machine, machine_id
from runner.facts.meter import CpuMeter
from runner.facts.moment import moment

__all__ = [
    "Check",
    "CpuMeter",
    "RoundMeter",
    "checks",
    "engine_checks",
    "machine",
    "machine_id",
    "moment",
]
