"""Blocks whose round would be too long, split into parts that share reference and twin."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from runner.model import Arm, Block, Cell, PastRound

LONGEST_ROUND = 2.0
"""Seconds: pairs of trials further apart than this differ too much (docs/method.md §1)."""

LEAST_OTHERS = 2
"""Other arms of a part: with fewer, most of its time would go to reference and twin."""


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
    shared, others = _shared(block), _others(block)
    left = [arm for arm in others if not any(arm in part.arms for part in parts)]
    room = LONGEST_ROUND - sum(seconds.get(arm.cell, 0.0) for arm in shared)
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
    return [arm for arm in block.arms if arm.cell == block.reference]


def _others(block: Block) -> list[Arm]:
    return [arm for arm in block.arms if arm.cell != block.reference]


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
