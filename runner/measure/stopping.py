"""How far a block has come, and whether its comparisons are precise enough to stop."""

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import chain

from runner import statistics
from runner.model import Block, Cell, Measure, PastRound

LOOK_EVERY = 5
"""Rounds between two looks at the intervals (docs/method.md §7)."""

FIRST_ESTIMATE = 10
"""Rounds after which the spread is known well enough to plan with."""

USUAL_SPREAD = 0.1
"""Robust spread of log-ratios a block is planned with before it shows its own (method.md §7)."""


class StoppingState:
    """One block's rounds towards one end: of this session, and of those that it goes on from.

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
        comparisons = self._comparisons()
        self.half_width = max(map(statistics.half_width, comparisons), default=0.0)
        self.precise = count >= settings.min_rounds and all(
            statistics.done(sessions, settings.precision, settings.min_rounds)
            for sessions in comparisons
        )
        self.done = self.precise or count >= settings.rounds or not self.arms
        if self.done:
            self.needed = count
        elif count >= FIRST_ESTIMATE:
            pooled = [list(chain(*sessions)) for sessions in comparisons]
            spreads = [statistics.robust_spread(values) for values in pooled if values]
            planned = planned_rounds(max(spreads, default=0.0), settings)
            self.needed = max(planned, count + 1)

    def _comparisons(self) -> list[Collection[Sequence[float]]]:
        """Return the log-ratios of every arm to the baseline, by session.

        Where the baseline was given up, the first arm that is left stands in for it.
        """
        comparisons: list[Collection[Sequence[float]]] = []
        for arm in self.arms[1:]:
            by_session: dict[int, list[float]] = defaultdict(list)
            for one in self.rounds:
                rate, of_baseline = one.log_rates.get(arm), one.log_rates.get(self.arms[0])
                if rate is not None and of_baseline is not None:
                    by_session[one.session].append(rate - of_baseline)
            comparisons.append(by_session.values())
        return comparisons


def planned_rounds(spread: float, settings: Measure) -> int:
    """Return the rounds that the wished precision will take at a spread, within the limits."""
    wanted = statistics.rounds_needed(spread, settings.precision)
    return min(settings.rounds, max(settings.min_rounds, wanted))


def unfinished(
    block: Block, settings: Measure, past: Sequence[PastRound]
) -> tuple[int, list[PastRound]]:
    """Return how many times `past` brings the block to its end, and the rounds left over.

    A block ends within a session, or goes on in the next; so each session's end is looked at.
    """
    ends, left = 0, list[PastRound]()
    for place, one in enumerate(past):
        left.append(one)
        if place + 1 == len(past) or past[place + 1].session != one.session:
            state = StoppingState(block, settings, left)
            state.drop({arm.cell for arm in block.arms if arm not in one.log_rates})
            if state.done:
                ends, left = ends + 1, []
    return ends, left
