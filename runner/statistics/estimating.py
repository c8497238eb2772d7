"""The estimate of a comparison in one session: the one function that stopping and report share.

`estimates` takes series that share their rounds, as rows of an array; one series is one row. It
needs numpy, and is imported by name.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from runner.statistics.arrays import Flags, Floats, Series, as_known
from runner.statistics.diagnostics import two_modes
from runner.statistics.median import UNKNOWN, Interval
from runner.statistics.signed_ranks import RankSum, averages_of, cap_of, cut

FEWEST_ROUNDS = 6
"""Rounds below which no 95 % interval has bounds."""

LONG = 150
"""Above it not all N²/2 averages are made: see _chosen."""

AT_ONCE = 1 << 21
"""Averages made at a time."""


class Rounds(NamedTuple):
    """A comparison in one session, by round: ln rates, NaN or None where a trial was not ok.

    What is infinite is not known either. `control` is None where the block has none; one that is
    known in no round counts as none. `disturbed` is 1 where the machine's counters say that others
    had a hand in the round, 0 where not, NaN or None where that is not known. Each round is there
    once; their order says nothing.
    """

    a: Series
    baseline: Series
    control: Series | None
    disturbed: Series


class Estimate(NamedTuple):
    """An estimate of a log-ratio with its 95 and 90 % intervals, and what its test takes."""

    wide: Interval
    narrow: Interval
    ranks: RankSum


NOTHING = Estimate(UNKNOWN, UNKNOWN, RankSum(0, 0, 0, 0))


def compare(rounds: Rounds, bound: bool) -> Estimate:
    """Return the estimate of one comparison with the baseline in one session.

    Rounds in which it is not known are left out. ValueError where the series are of different
    lengths.
    """
    a, baseline, control, disturbed = _arrays(rounds)
    if control is not None and averages(rounds, bound):
        baseline = (baseline + control) / 2
    d = a - baseline
    known = np.isfinite(d)
    counted = undisturbed(disturbed[known])
    return estimates(d[known][counted][None], bound)[0]


def averages(rounds: Rounds, bound: bool) -> bool:
    """Return whether `a` is compared with the mean of baseline and control: it has half the noise.

    So it is where processes are bound to cores, unless the baseline's own rates, over the rounds
    of `a` that count, have two modes: the mean would be of neither.
    """
    a, baseline, control, disturbed = _arrays(rounds)
    if control is None or not bound:
        return False
    took_part = ~np.isnan(a)
    if np.isnan(control[took_part]).all():
        return False
    counted = undisturbed(disturbed[took_part])
    own = np.concatenate([one[took_part][counted] for one in (baseline, control)])
    return two_modes(own[~np.isnan(own)].tolist()) is None


def _arrays(rounds: Rounds) -> tuple[Floats, Floats, Floats | None, Floats]:
    a, baseline = as_known(rounds.a), as_known(rounds.baseline)
    control = None if rounds.control is None else as_known(rounds.control)
    disturbed = np.asarray(rounds.disturbed, dtype=np.float64)
    lengths = [one.shape for one in (a, baseline, control, disturbed) if one is not None]
    if len(set(lengths)) > 1 or len(lengths[0]) != 1:
        message = f"series over the same rounds have one value for each, not shapes {lengths}"
        raise ValueError(message)
    return a, baseline, control, disturbed


def undisturbed(disturbed: Series) -> Flags:
    """Return which rounds count: those in which the counters saw no others, if they are enough.

    Where these are fewer than half, or too few for an interval that all rounds would have, all
    count, and the comparison is `loaded`. No ratio has a say in it.
    """
    calm: Flags = np.asarray(disturbed, dtype=np.float64) != 1
    count, all_rounds = int(calm.sum()), len(calm)
    if 2 * count < all_rounds or count < FEWEST_ROUNDS <= all_rounds:
        return np.ones(all_rounds, dtype=np.bool_)
    return calm


def estimates(rows: Floats | Sequence[Sequence[float]], bound: bool) -> list[Estimate]:
    """Return the estimate of every row of log-ratios: half of all averages lie below it.

    Bound to cores: the pseudo-median of Hodges and Lehmann; free: that of ranks capped at N/2,
    which tolerates the rounds that the scheduler makes different. ValueError unless all rows are
    equally long and finite: what is not known is left out before.
    """
    rows = np.asarray(rows, dtype=np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        message = "rows of log-ratios are equally long, and finite"
        raise ValueError(message)
    n = rows.shape[1]
    if n == 0:
        return [NOTHING] * len(rows)
    cap = cap_of(n, bound)
    size, outer, inner = averages_of(n, cap), cut(n, cap), cut(n, cap, 0.90)
    places = [(size - 1) // 2, size // 2]
    for k in (outer, inner):
        places += [k - 1, size - k] if k else []
    ordered, found = np.sort(rows, axis=1), []
    step = len(rows) if n > LONG else max(1, AT_ONCE // size)
    for start in range(0, len(rows), step):
        some = ordered[start : start + step]
        if n > LONG:
            chosen = np.array([_chosen(row, cap, places) for row in some])
            not_above, below = (
                np.array([_cut_at(row, _ends(row, cap), cap, 0.0, side).below for row in some])
                for side in _SIDES
            )
            not_below = size - below
        else:
            earlier, later = _pairs(n, cap)
            averages = (some[:, earlier] + some[:, later]) / 2
            chosen = np.partition(averages, sorted(set(places)), axis=1)[:, places]
            not_above, not_below = (averages <= 0).sum(axis=1), (averages >= 0).sum(axis=1)
        middle = (chosen[:, 0] + chosen[:, 1]) / 2
        ends = [np.full(len(some), end) for end in (-math.inf, math.inf, -math.inf, math.inf)]
        for place, values in zip(range(0 if outer else 2, 4), chosen.T[2:], strict=False):
            ends[place] = values
        columns = (middle, *ends, not_above, not_below)
        found += [
            Estimate(Interval(m, a, b), Interval(m, c, d), RankSum(n, cap, no, yes))
            for m, a, b, c, d, no, yes in zip(*(one.tolist() for one in columns), strict=True)
        ]
    return found


@lru_cache(maxsize=256)
def _pairs(n: int, cap: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the places of all pairs less than `cap` apart."""
    earlier, later = np.triu_indices(n)
    near = later - earlier < cap
    return earlier[near], later[near]


class _Cut(NamedTuple):
    """Which averages of a sorted row lie above a level, by the later of their two values.

    Of the values before place `begin` none do, of those from `end` on all; of the ones between,
    those with an earlier value from its place in `first` on. `below` is how many do not.
    """

    level: float
    begin: int
    end: int
    first: npt.NDArray[np.int64]
    below: int


def _chosen(d: Floats, cap: int, places: Sequence[int]) -> list[float]:
    """Return the averages at these places in order, of one long sorted row.

    Averages are counted, not made, until a few are left around each place.
    """
    n, size, ends = len(d), averages_of(len(d), cap), _ends(d, cap)
    middle, scale = float(d[n // 2]), float(d[3 * n // 4] - d[n // 4]) / math.sqrt(n)
    least, most = math.nextafter(d[0], -math.inf), float(d[-1])
    reached = (min(max(middle + scale * at, least), most) for at in (-_REACH, _REACH))
    cuts = [
        _Cut(least, 0, cap - 1, np.zeros(cap - 1, dtype=np.int64), 0),
        *(_cut_at(d, ends, cap, level) for level in reached),
        _Cut(most, n, n, np.zeros(0, dtype=np.int64), size),
    ]
    for place in places:
        for step in range(STEPS):
            at = bisect_right(cuts, place, key=_BELOW)
            low, high = cuts[at - 1 : at + 1]
            between = high.below - low.below
            # A little below where it should be, then a little above; every third step halves.
            aside = (-0.1, 0.1)[step % 3 % 2] * n / between
            share = 0.5 if step % 3 == 2 else (place + 0.5 - low.below) / between + aside
            level = low.level + (high.level - low.level) * min(max(share, 0.01), 0.99)
            if between <= n or not low.level < level < high.level:
                break
            cuts.insert(at, _cut_at(d, ends, cap, level))
    made: dict[int, Floats] = {}
    found = []
    for place in places:
        at = bisect_right(cuts, place, key=_BELOW)
        if at not in made:
            made[at] = np.sort(_between(d, cap, *cuts[at - 1 : at + 1]))
        found.append(float(made[at][place - cuts[at - 1].below]))
    return found


_BELOW = attrgetter("below")
_SIDES: tuple[Literal["right"], Literal["left"]] = ("right", "left")
_REACH = 2.5
"""Robust spreads over √n from the median: all ends of intervals of long rows lie nearer."""
STEPS = 40


def _ends(d: Floats, cap: int) -> Floats:
    """Return twice the average of each value with the furthest before it that it is paired with.

    They ascend, from that of the value at place cap - 1 on; those before have pairs to the first.
    """
    return np.asarray(d[cap - 1 :] + d[: len(d) - cap + 1])


def _cut_at(
    d: Floats, ends: Floats, cap: int, level: float, side: Literal["left", "right"] = "right"
) -> _Cut:
    """Return which averages of a sorted row lie above a level; on it too from the left.

    Only the values in between are searched for: those before the first above the level have no
    average above it, and those whose furthest pair is above it have all.
    """
    begin = int(d.searchsorted(level, side))
    end = cap - 1 + int(ends.searchsorted(2 * level, side))
    # The partners, the first of each above the level, are found quickly since they ascend.
    first = d.searchsorted(2 * level - d[begin:end][::-1], side)[::-1]
    # Rounding may find it further away than the furthest, which is above the level by `end`.
    first = np.maximum(first, np.arange(begin, end) - cap + 1)
    rest = (begin + end + 1) * (end - begin) // 2 - int(first.sum())
    above = cap * (len(d) - end) + rest
    return _Cut(level, begin, end, first, averages_of(len(d), cap) - above)


def _between(d: Floats, cap: int, low: _Cut, high: _Cut) -> Floats:
    """Return the averages of a sorted row above the lower level and not above the higher one."""
    later = np.arange(low.begin, high.end)
    first = np.concatenate([low.first, np.arange(low.end, high.end) - cap + 1])
    last = np.concatenate([np.arange(low.begin, high.begin) + 1, high.first])
    count = last - first
    earlier = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    return np.asarray((d[earlier] + d[np.repeat(later, count)]) / 2)
