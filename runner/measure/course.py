"""How far a block has come, and whether its comparisons are precise enough to stop."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from runner import intervals
from runner.model import Arm, Block, Cell, Measure, PastRound

LOOK_EVERY = 5
"""Rounds between two looks at the intervals (docs/method.md §7)."""

FIRST_ESTIMATE = 10
"""Rounds after which the spread is known well enough to plan with."""

USUAL_SPREAD = 0.1
"""Robust spread of log-ratios a block is planned with before it shows its own (method.md §7)."""


class Course:
    """One block's rounds towards one target: of this sitting, and of those that it goes on from.

    Looks at how wide the intervals are, never at where they lie.
    """

    def __init__(self, block: Block, settings: Measure, past: Sequence[PastRound] = ()) -> None:
        self.block = block
        self.arms = list(block.arms)
        self.rounds = list(past)
        self.half_width = math.inf
        self.done = False
        self.precise = False
        self.needed = planned_rounds(USUAL_SPREAD, settings)
        self._settings = settings
        if past:
            self.look()

    def drop(self, cells: Collection[Cell]) -> None:
        """Go on without the arms of `cells`."""
        if any(arm.cell in cells for arm in self.arms):
            self.arms = [arm for arm in self.arms if arm.cell not in cells]
            self.look()

    def add(self, finished: PastRound) -> None:
        """Take in a complete measured round; every LOOK_EVERY of them, look."""
        self.rounds.append(finished)
        count = len(self.rounds)
        if count % LOOK_EVERY == 0 or count >= self._settings.rounds:
            self.look()

    def look(self) -> None:
        """Find out how wide the widest interval is, and whether that ends the block."""
        settings, count = self._settings, len(self.rounds)
        pairs = [_by_sitting(pair) for pair in self._pairs()]
        widths = [_half_width(pair) for pair in pairs]
        self.half_width = max(widths, default=0.0)
        self.precise = count >= settings.min_rounds and all(
            width <= math.log1p(settings.precision) and _count(pair) >= settings.min_rounds
            for width, pair in zip(widths, pairs, strict=True)
        )
        self.done = self.precise or count >= settings.rounds or not self.arms
        if count >= FIRST_ESTIMATE:
            self.needed = self._needed(pairs)

    def _needed(self, pairs: Sequence[Mapping[int, list[float]]]) -> int:
        if self.done:
            return len(self.rounds)
        spreads = [
            intervals.robust_spread([value for values in pair.values() for value in values])
            for pair in pairs
            if pair
        ]
        planned = planned_rounds(max(spreads, default=0.0), self._settings)
        return max(planned, len(self.rounds) + 1)

    def _pairs(self) -> Iterator[list[tuple[int, float]]]:
        """Yield the log-ratios, with their sittings, of every arm against the reference.

        Where the reference was given up, the first arm that is left stands in for it.
        """
        for arm in self.arms[1:]:
            yield [
                (one.sitting, ratio)
                for one in self.rounds
                if (ratio := _log_ratio(one, arm, self.arms[0])) is not None
            ]


def planned_rounds(spread: float, settings: Measure) -> int:
    """Return the rounds that the wished precision will take at a spread, within the limits."""
    wanted = intervals.rounds_needed(spread, settings.precision)
    return min(settings.rounds, max(settings.min_rounds, wanted))


class Stretch(NamedTuple):
    """How many times the rounds so far bring a block to its end, and those left over."""

    ends: int
    open_rounds: Sequence[PastRound]


def unfinished(block: Block, settings: Measure, past: Sequence[PastRound]) -> Stretch:
    """Return how far `past` brings the block.

    A block ends within a sitting, or goes on in the next; so each sitting's end is looked at.
    """
    ends, open_rounds = 0, list[PastRound]()
    for place, one in enumerate(past):
        open_rounds.append(one)
        last = place + 1 == len(past) or past[place + 1].sitting != one.sitting
        if last and _ended(block, settings, open_rounds):
            ends, open_rounds = ends + 1, []
    return Stretch(ends, open_rounds)


def _ended(block: Block, settings: Measure, rounds: Sequence[PastRound]) -> bool:
    course = Course(block, settings, rounds)
    course.drop({arm.cell for arm in block.arms if arm not in rounds[-1].log_rates})
    return course.done


def _log_ratio(one: PastRound, a: Arm, b: Arm) -> float | None:
    rate_a, rate_b = one.log_rates.get(a), one.log_rates.get(b)
    return None if rate_a is None or rate_b is None else rate_a - rate_b


def _by_sitting(pair: Sequence[tuple[int, float]]) -> dict[int, list[float]]:
    sittings: dict[int, list[float]] = defaultdict(list)
    for sitting, value in pair:
        sittings[sitting].append(value)
    return dict(sittings)


def _count(pair: Mapping[int, list[float]]) -> int:
    return sum(map(len, pair.values()))


def _half_width(pair: Mapping[int, list[float]]) -> float:
    """Return the 95 % half-width of ln ratio over the sittings, weighted by their precision.

    Rounds of two sittings are never put into one interval; a sitting too short for bounds adds
    nothing.
    """
    widths = [intervals.median_interval(values).half_width for values in pair.values()]
    if 0.0 in widths:
        return 0.0
    weight = sum(1 / width**2 for width in widths)
    return weight**-0.5 if weight else math.inf
