"""How far a block has come: which comparisons have left it, which go on (docs/method.md §7)."""

import math
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from runner import statistics
from runner.model import AUTO, Arm, Block, Cell, Measure, PastRound
from runner.statistics import UNKNOWN, Interval
from runner.statistics.estimating import FEWEST_ROUNDS, Estimate, Rounds, compare

BOUND_SPREAD, FREE_SPREAD = 0.05, 0.1
"""Robust spreads of log-ratios that comparisons are planned with before they show their own.

Bound to cores, against the mean of baseline and A/A control; and where one of the cells is free
(docs/method.md §7 has what was measured).
"""


class Left(NamedTuple):
    """A comparison that left its block: after how many rounds of it, and with what.

    `counted` are the rounds that its interval of ln ratio rests on: the undisturbed ones.
    """

    arm: Arm
    rounds: int
    counted: int
    interval: Interval


class StoppingState:
    """One block's rounds towards one end: of this session, and of those that it continues.

    A comparison leaves when its interval is narrow enough, whatever it says, and is never looked
    at again. Baseline and A/A control stay while any other cell does; the control keeps no block
    open. Past rounds are gone through in order, so that what left then has left.
    """

    def __init__(self, block: Block, settings: Measure, past: Sequence[PastRound] = ()) -> None:
        self.block = block
        self.arms = list(block.arms)
        self.rounds: list[PastRound] = []
        self.left: list[Left] = []
        self.looked = False
        self.went_before = len(past)
        self.needed = max(planned_rounds(block.arms, settings).values())
        self._settings = settings
        self._timed = 0.0
        self._now: dict[Arm, Interval] = {}
        for one in past:
            self.add(one)

    @property
    def open(self) -> list[Arm]:
        """The arms whose comparison with the baseline goes on."""
        return [arm for arm in self.arms[1:] if not arm.control]

    @property
    def precise(self) -> bool:
        """Whether every comparison has left."""
        return not self.open and len(self.rounds) >= self._settings.min_rounds

    @property
    def done(self) -> bool:
        """Whether the block needs no further round."""
        return self.precise or self._at_its_end or not self.arms

    @property
    def _at_its_end(self) -> bool:
        """Whether it has had its most rounds, or the time of a block of fixed numbers."""
        settings, count = self._settings, len(self.rounds)
        longest = math.inf if settings.block_time is None else settings.block_time
        return count >= settings.rounds or (count >= FEWEST_ROUNDS and self._timed >= longest)

    @property
    def half_width(self) -> float:
        """The widest 95 % half-width of ln ratio at the last look, infinite before it."""
        widths = [self._now.get(arm, UNKNOWN).half_width for arm in self.open]
        return max([*widths, *(one.interval.half_width for one in self.left)], default=0.0)

    @property
    def intervals(self) -> list[Interval]:
        """The intervals of ln ratio that are known so far: of what has left, then of the open."""
        found = [*(one.interval for one in self.left), *(self._now.get(arm) for arm in self.open)]
        return [one for one in found if one is not None and math.isfinite(one.half_width)]

    def drop(self, cells: Collection[Cell]) -> None:
        """Continue without the arms of `cells`."""
        self.arms = [arm for arm in self.arms if arm.cell not in cells]

    def add(self, finished: PastRound) -> None:
        """Take in a complete measured round; after 12 of them, and every 2, look.

        From 6 rounds on there are intervals to show; no comparison leaves by them.
        """
        settings = self._settings
        self.rounds.append(finished)
        count = len(self.rounds)
        self._timed += fixed_seconds(finished)
        if (
            statistics.is_look(count, settings.min_rounds)
            or self._at_its_end
            or count == settings.free_rounds
        ):
            self._look(count)
        elif count < settings.min_rounds and statistics.is_look(count, FEWEST_ROUNDS):
            for arm in self.open:
                self._now[arm] = statistics.together(one.wide for one in self._estimates(arm))

    def _look(self, count: int) -> None:
        """Find out which comparisons are precise enough, and let them leave."""
        settings, h = self._settings, self._settings.precision
        self.looked = True
        wanted = [count]
        for arm in self.open:
            found = self._estimates(arm)
            interval = self._now[arm] = statistics.together(one.wide for one in found)
            counted = sum(one.ranks.n for one in found)
            fixed = 0 if self._bound(arm) else settings.free_rounds
            if fixed:
                leaves, needed = count >= fixed, float(fixed)
            else:
                enough = statistics.precise(interval, h)
                leaves = counted >= settings.min_rounds and enough
                needed = max(settings.min_rounds, count * statistics.lacking(interval, h))
            if leaves:
                self.left.append(Left(arm, count, counted, interval))
                self.arms.remove(arm)
            else:
                wanted.append(count + 1)
                wanted.append(min(settings.rounds, math.ceil(min(needed, settings.rounds))))
        self.needed = max(wanted)

    def _bound(self, arm: Arm) -> bool:
        return arm.cell.bound and self.arms[0].cell.bound

    def _estimates(self, arm: Arm) -> list[Estimate]:
        """Return the estimates of an arm's comparison, session by session.

        If the baseline was given up, the first remaining arm replaces it.
        """
        baseline = self.arms[0]
        control = next((one for one in self.arms if one == Arm(baseline.cell, control=True)), None)
        control = None if control == baseline else control
        found = []
        for _, rounds in groupby(self.rounds, key=lambda one: one.session):
            took_part = [one for one in rounds if arm in one.log_rates]
            a, b, c = (
                np.array([one.log_rates.get(of) for one in took_part], dtype=np.float64)
                for of in (arm, baseline, control or baseline)
            )
            disturbed = np.array([one.disturbed for one in took_part], dtype=np.float64)
            rounds_of = Rounds(a, b, c if control else None, disturbed)
            found.append(compare(rounds_of, self._bound(arm)))
        return found


def fixed_seconds(one: PastRound) -> float:
    """Return how long the fixed numbers of messages of a round were timed: by their rates."""
    return sum(
        int(arm.cell.messages) / math.exp(rate)
        for arm, rate in one.log_rates.items()
        if rate is not None and arm.cell.messages != AUTO
    )


def planned_rounds(arms: Sequence[Arm], settings: Measure) -> dict[Arm, int]:
    """Return after how many rounds each arm of a block is expected to leave; the baseline is first.

    A comparison takes what the wished precision asks for at a usual spread of its placement, or its
    `free_rounds`; baseline and A/A control stay to the end.
    """
    baseline, leaves = arms[0], dict[Arm, int]()
    for arm in arms[1:]:
        if arm.control:
            continue
        bound = arm.cell.bound and baseline.cell.bound
        if settings.free_rounds and not bound:
            leaves[arm] = min(settings.rounds, settings.free_rounds)
        else:
            spread = BOUND_SPREAD if bound else FREE_SPREAD
            wanted = statistics.rounds_needed(spread, settings.precision)
            leaves[arm] = min(settings.rounds, max(settings.min_rounds, wanted))
    last = min(settings.rounds, max([settings.min_rounds, *leaves.values()]))
    return {arm: leaves.get(arm, last) for arm in arms}


def unfinished(
    block: Block, settings: Measure, past: Sequence[PastRound]
) -> tuple[int, list[PastRound]]:
    """Return how many times `past` brings the block to its end, and the rounds left over.

    A block ends within a session or continues in the next, so each session's end is checked.
    """
    ends, left = 0, list[PastRound]()
    for place, one in enumerate(past):
        left.append(one)
        if place + 1 == len(past) or past[place + 1].session != one.session:
            state = StoppingState(block, settings, left)
            state.drop({arm.cell for arm in state.arms if arm not in one.log_rates})
            if state.done:
                ends, left = ends + 1, []
    return ends, left
