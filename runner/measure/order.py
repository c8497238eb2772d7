"""Every random draw of a run, each from the recorded seed and its own place, for replay."""

from collections.abc import Sequence
from random import Random

from runner.model import Arm, Block

LEAST_JITTER, MOST_JITTER = 0.9, 1.1


def pass_order(seed: int, sitting: int, number: int, blocks: Sequence[Block]) -> list[Block]:
    """Return `blocks` in the order of pass `number`, whatever order they come in."""
    ordered = sorted(blocks, key=lambda block: block.id)
    Random(f"{seed}/{sitting}/{number}").shuffle(ordered)
    return ordered


def round_order(place: str, arms: Sequence[Arm]) -> list[Arm]:
    """Return `arms` in the order of the round at `place` (see `round_place`)."""
    ordered = list(arms)
    Random(f"{place}/order").shuffle(ordered)
    return ordered


def round_jitter(place: str) -> float:
    """Return the factor U(0.9, 1.1) on the message counts of the round at `place`.

    The same for all its cells; it keeps rounds from locking to 4 ms and 100 ms scheduler periods.
    """
    return Random(f"{place}/jitter").uniform(LEAST_JITTER, MOST_JITTER)


def round_place(seed: int, sitting: int, phase: str, block: Block, number: int) -> str:
    """Return the name of a round's place in the run, from which its draws are seeded.

    A place of its own for each round, so that what failed or was skipped before it changes nothing.
    """
    return f"{seed}/{sitting}/{phase}/{block.id}/{number}"
