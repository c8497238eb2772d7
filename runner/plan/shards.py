"""Groups of blocks that must stay on one machine, and how they are spread over several.

Pure: seconds come from the caller, and the same plan gives the same shards everywhere.
"""

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from runner.model import Block

DIGITS = 12
AS_FAST = 0.9
"""Share of the largest possible speed-up that counts as all of it."""


class Shard(NamedTuple):
    """One machine's part of a plan: `number` of `of`, from 1, and the ids of its blocks."""

    number: int
    of: int
    blocks: tuple[str, ...]
    seconds: float


def groups(blocks: Iterable[Block]) -> list[tuple[Block, ...]]:
    """Return the blocks in groups across which something is compared, in the order of the plan.

    Blocks that share a cell are compared through it (claims, winners, upgrades); blocks that
    differ in `workers` only make one curve.
    """
    parents: list[int] = []

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = place = parents[parents[place]]
        return place

    first: dict[object, int] = {}
    found: list[Block] = []
    for place, block in enumerate(blocks):
        parents.append(place)
        found.append(block)
        curve = block.baseline._replace(workers=0)._replace(**{block.compared_axis: ""})  # type: ignore[arg-type]
        for key in ((block.compared_axis, curve), *(arm.cell for arm in block.arms)):
            other = root(first.setdefault(key, place))
            own = root(place)
            parents[max(own, other)] = min(own, other)
    gathered: dict[int, list[Block]] = {}
    for place, block in enumerate(found):
        gathered.setdefault(root(place), []).append(block)
    return [tuple(one) for one in gathered.values()]


def shards(grouped: Sequence[Sequence[str]], seconds: Sequence[float], count: int) -> list[Shard]:
    """Return the groups of block ids spread over `count` machines, as evenly as they can be.

    The longest group goes first, each to the machine with the least to do. There are fewer shards
    than asked for if there are fewer groups: none is empty.
    """
    # A machine more than there are groups would have nothing to do, and a matrix may ask for 10^9.
    loads = [(0.0, number) for number in range(1, min(count, len(grouped)) + 1)]
    taken: dict[int, list[int]] = {}
    for place in sorted(range(len(grouped)), key=lambda place: (-seconds[place], place)):
        load, number = heapq.heappop(loads)
        taken.setdefault(number, []).append(place)
        # A group without a cost counts too, or all of them would go to one machine.
        heapq.heappush(loads, (load + max(seconds[place], 1e-9), number))
    return [
        Shard(
            number,
            count,
            tuple(block for place in sorted(places) for block in grouped[place]),
            sum(seconds[place] for place in places),
        )
        for number, places in sorted(taken.items())
    ]


def speed_up(found: Sequence[Shard]) -> float:
    """Return how many times as fast the shards are as one machine."""
    return sum(one.seconds for one in found) / max((one.seconds for one in found), default=1.0)


def useful(grouped: Sequence[Sequence[str]], seconds: Sequence[float]) -> tuple[int, float]:
    """Return the number of machines above which no more of them help, and the speed-up then."""
    most = sum(seconds) / max(seconds, default=1.0)
    for count in range(max(1, int(most * AS_FAST)), len(grouped) + 1):
        reached = speed_up(shards(grouped, seconds, count))
        if reached >= most * AS_FAST:
            return count, reached
    return max(1, len(grouped)), most


def digest(blocks: Iterable[str]) -> str:
    """Return 12 hexadecimal digits for the ids of a plan's blocks, in any order."""
    return hashlib.sha256("\n".join(sorted(blocks)).encode()).hexdigest()[:DIGITS]
