"""How long measuring will take, and blocks whose round would take too long, split into parts."""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from runner.measure.calibration import (
    DEFAULT_RATE,
    OVERHEAD,
    Speed,
    block_counts,
    trial_seconds,
    yardstick,
)
from runner.measure.stopping import planned_rounds
from runner.model import AUTO, Arm, Block, Cell, Measure, PastRound, Plan
from runner.statistics.estimating import FEWEST_ROUNDS

LONG_WARM_UP = 1.0
"""Seconds of warm-up in a trial of an interpreter that compiles at run time (docs/method.md §3)."""

CALIBRATION_TRIALS = 2
"""Trials of a cell's calibration, mostly: one to find the count, one that is long enough. Both
together are timed for about as long as one trial of a round."""

NEAR = 1.05
"""Times what is allowed up to which an estimate is within it: estimates are no more exact."""

LONGEST_ROUND = 2.0
"""Seconds: pairs of trials further apart than this differ too much (docs/method.md §1)."""

LEAST_OTHERS = 2
"""Other arms of a part: with fewer, most of its time would go to baseline and A/A control."""


class Expectation(NamedTuple):
    """What the wished precision asks for, and what budget and rounds of the matrix allow.

    `rounds` of the longest block in a session, `wished` and `allowed` in seconds, pauses and all;
    both take the spread of the ratios for a usual one, as on a quiet machine. `within` says
    whether the precision is likely reached within what is allowed.
    """

    rounds: int
    wished: float
    allowed: float
    within: bool


def expectation(
    plan: Plan, settings: Measure, rates: Mapping[Cell, float] | None = None
) -> Expectation:
    """Return what the precision of `settings` is expected to take, and what they allow."""
    unlimited = replace(settings, budget=None, rounds=sys.maxsize)
    rounds = max(
        (max(planned_rounds(block.arms, unlimited).values()) for block in plan.blocks),
        default=settings.min_rounds,
    )
    wished, allowed = (estimate(plan, how, rates) for how in (unlimited, settings))
    pauses = (settings.sessions - 1) * settings.pause
    return Expectation(rounds, wished, allowed, wished - pauses <= NEAR * (allowed - pauses))


def estimate(plan: Plan, settings: Measure, rates: Mapping[Cell, float] | None = None) -> float:
    """Return the seconds that measuring `plan` will take, pauses and all.

    `rates` holds messages per second of cells that are known from before; the others are taken
    for usual ones. The spread of the ratios is taken for a usual one too; each comparison leaves
    its block when it is then precise.
    """
    known = rates or {}

    def overhead(cell: Cell) -> float:
        return OVERHEAD + (LONG_WARM_UP if cell.python in plan.compiling else 0.0)

    def speed(cell: Cell) -> Speed:
        return Speed(known.get(yardstick(cell)) or known.get(cell) or DEFAULT_RATE, overhead(cell))

    cells = {yardstick(arm.cell) for block in plan.blocks for arm in block.arms}
    cells -= {yardstick(cell) for cell in known} if settings.warmup_rounds else set()
    session = sum(settings.target + CALIBRATION_TRIALS * overhead(cell) for cell in cells)
    for block in plan.blocks:
        seconds = block_seconds(block.arms, settings, speed)
        for part in split(block, seconds, {}):
            most = most_rounds(part.arms, settings, speed)
            planned = planned_rounds(part.arms, settings)
            session += sum(min(planned[arm], most) * seconds[arm.cell] for arm in part.arms)
            session += settings.warmup_rounds * warm_up_seconds(part.arms, settings, speed)
    measuring = min(settings.sessions * session, settings.budget or math.inf)
    return measuring + (settings.sessions - 1) * settings.pause


def block_seconds(
    arms: Sequence[Arm], settings: Measure, speed: Callable[[Cell], Speed]
) -> dict[Cell, float]:
    """Return the expected seconds of a trial of each cell of a block."""
    counts = block_counts((arm.cell for arm in arms), speed, settings)
    return {cell: trial_seconds(count, speed(cell)) for cell, count in counts.items()}


def round_seconds(arms: Sequence[Arm], settings: Measure, speed: Callable[[Cell], Speed]) -> float:
    """Return the expected seconds of one round."""
    seconds = block_seconds(arms, settings, speed)
    return sum(seconds[arm.cell] for arm in arms)


def warm_up_seconds(
    arms: Sequence[Arm], settings: Measure, speed: Callable[[Cell], Speed]
) -> float:
    """Return the expected seconds of a warm-up round, in which no number of messages is fixed."""
    return round_seconds([Arm(yardstick(arm.cell)) for arm in arms], settings, speed)


def most_rounds(arms: Sequence[Arm], settings: Measure, speed: Callable[[Cell], Speed]) -> int:
    """Return the most rounds of a block in a session: see Measure.block_time."""
    fixed = [arm.cell for arm in arms if arm.cell.messages != AUTO]
    if settings.block_time is None or not fixed:
        return settings.rounds
    timed = sum(int(cell.messages) / speed(cell).rate for cell in fixed)
    return min(settings.rounds, max(FEWEST_ROUNDS, math.ceil(settings.block_time / timed)))


def split(
    block: Block, seconds: Mapping[Cell, float], past: Mapping[str, Sequence[PastRound]]
) -> list[Block]:
    """Return `block`, or its parts `<id>/1` … where its round would last longer than 2 s.

    `seconds` holds the expected seconds of a trial of each cell that can be measured. A block that
    `past` holds rounds of stays as it was then, so that its rounds go on.
    """
    parts = remembered(block, past)
    if any(part.id == block.id for part in parts):
        return parts
    left = [arm for arm in _others(block) if not any(arm in part.arms for part in parts)]
    room = LONGEST_ROUND - sum(seconds.get(arm.cell, 0.0) for arm in _shared(block))
    more = _divide(left, seconds, room) if left else []
    if not parts and len(more) <= 1:
        return [block]
    taken = {part.id for part in parts}
    free = (number for number in count(1) if _part_id(block, number) not in taken)
    # `free` never ends; the parts do.
    return parts + [_part(block, number, arms) for arms, number in zip(more, free, strict=False)]


def remembered(block: Block, past: Mapping[str, Sequence[PastRound]]) -> list[Block]:
    """Return `block`, or its parts, as `past` holds rounds of them; none where it holds none."""
    if block.id in past:
        return [block]
    parts = []
    for number in range(1, len(block.arms) + 1):
        if rounds := past.get(_part_id(block, number)):
            measured = {arm for one in rounds for arm in one.log_rates}
            arms = [arm for arm in _others(block) if arm in measured]
            parts.append(_part(block, number, arms))
    return parts


def _part(block: Block, number: int, arms: Sequence[Arm]) -> Block:
    return replace(block, id=_part_id(block, number), arms=(*_shared(block), *arms))


def _part_id(block: Block, number: int) -> str:
    return f"{block.id}/{number}"


def _shared(block: Block) -> list[Arm]:
    return [arm for arm in block.arms if arm.cell == block.baseline]


def _others(block: Block) -> list[Arm]:
    return [arm for arm in block.arms if arm.cell != block.baseline]


def _divide(arms: list[Arm], seconds: Mapping[Cell, float], room: float) -> list[list[Arm]]:
    """Deal the arms, slowest first, to as many parts as it takes, each to the shortest part."""
    total = sum(seconds.get(arm.cell, 0.0) for arm in arms)
    most = max(1, len(arms) // LEAST_OTHERS)
    wanted = math.ceil(total / room) if room > 0 else most
    parts: list[list[Arm]] = [[] for _ in range(min(max(1, wanted), most))]
    lengths = [0.0] * len(parts)
    for arm in sorted(arms, key=lambda arm: -seconds.get(arm.cell, 0.0)):
        shortest = lengths.index(min(lengths))
        parts[shortest].append(arm)
        lengths[shortest] += seconds.get(arm.cell, 0.0)
    return [sorted(part, key=arms.index) for part in parts]
