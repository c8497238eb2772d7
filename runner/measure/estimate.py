"""How long measuring will take."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from runner import intervals
from runner.measure.counts import DEFAULT_RATE, Speed, block_counts, trial_seconds, yardstick
from runner.measure.course import USUAL_SPREAD, planned_rounds
from runner.measure.parts import split
from runner.model import Arm, Cell, Measure, Plan

OVERHEAD = 0.03
"""Seconds of a trial beside its messages, until calibration tells: processes begun and ended."""

LONG_WARM_UP = 1.0
"""Seconds of warm-up in a trial of an interpreter that compiles at run time (docs/method.md §3)."""

CALIBRATION_TRIALS = 3
"""Trials of a cell's calibration, mostly: one to find the count, two that are long enough."""


class Expectation(NamedTuple):
    """What the wished precision asks for, and what budget and rounds of the matrix allow.

    `rounds` a block and sitting, `wished` and `allowed` in seconds; both take the spread of the
    ratios for a usual one, as on a quiet machine.
    """

    rounds: int
    wished: float
    allowed: float

    @property
    def within(self) -> bool:
        """Return whether the wished precision can be expected within what is allowed."""
        return self.wished <= self.allowed


def expectation(
    plan: Plan, settings: Measure, rates: Mapping[Cell, float] | None = None
) -> Expectation:
    """Return what the precision of `settings` is expected to take, and what they allow."""
    rounds = max(settings.min_rounds, intervals.rounds_needed(USUAL_SPREAD, settings.precision))
    free = replace(settings, budget=None, rounds=max(settings.rounds, rounds))
    return Expectation(rounds, estimate(plan, free, rates), estimate(plan, settings, rates))


def estimate(plan: Plan, settings: Measure, rates: Mapping[Cell, float] | None = None) -> float:
    """Return the seconds that measuring `plan` will take, pauses and all.

    `rates` holds messages per second of cells that are known from before; the others are taken
    for usual ones. The spread of the ratios is taken for a usual one too.
    """
    known = rates or {}

    def beside(cell: Cell) -> float:
        return OVERHEAD + (LONG_WARM_UP if cell.python in plan.compiling else 0.0)

    def speed(cell: Cell) -> Speed:
        return Speed(known.get(yardstick(cell)) or known.get(cell) or DEFAULT_RATE, beside(cell))

    rounds = planned_rounds(USUAL_SPREAD, settings) + settings.warmup_rounds
    blocks = [
        part
        for block in plan.blocks
        for part in split(block, block_seconds(block.arms, settings, speed), {})
    ]
    cells = {yardstick(arm.cell) for block in plan.blocks for arm in block.arms}
    calibration = CALIBRATION_TRIALS * sum(settings.target + beside(cell) for cell in cells)
    sitting = calibration + rounds * sum(
        round_seconds(block.arms, settings, speed) for block in blocks
    )
    measuring = min(settings.sittings * sitting, settings.budget or math.inf)
    return measuring + (settings.sittings - 1) * settings.pause


def block_seconds(
    arms: Sequence[Arm], settings: Measure, speed: Callable[[Cell], Speed]
) -> dict[Cell, float]:
    """Return the expected seconds of a trial of each cell of a block."""
    cells = list(dict.fromkeys(arm.cell for arm in arms))
    counts = block_counts(cells, {yardstick(cell): speed(cell).rate for cell in cells}, settings)
    return {cell: trial_seconds(count, speed(cell)) for cell, count in counts.items()}


def round_seconds(arms: Sequence[Arm], settings: Measure, speed: Callable[[Cell], Speed]) -> float:
    """Return the expected seconds of one round."""
    seconds = block_seconds(arms, settings, speed)
    return sum(seconds[arm.cell] for arm in arms)
