"""The figures that a self-test must show, each with its bound."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from statistics import fmean, median
from typing import NamedTuple, Self

import numpy as np

from runner.analysis.selftest.series import Series
from runner.statistics import (
    Interval,
    benjamini_hochberg,
    equal_within,
    robust_spread,
    signed_rank_p,
)
from runner.statistics.estimating import Estimate, estimates

WINDOW = 45
"""Rounds in which a 5 % difference must be found."""

CALM, QUIET = 0.12, 0.10
"""Spreads up to which equality, and detection, are asked of a machine."""

ALIKE = 0.05
CHANCE = 0.05
DETECTED, COVERED, EQUAL = 0.80, 0.93, 0.80
"""Required shares; each bound allows for chance (docs/method.md, Try it)."""

ORDER, ECHO = 0.02, 0.2


class Figure(NamedTuple):
    """A figure with its bound; `held` is None where this machine is too noisy to be asked.

    `value` is a share (0.05 = 5 %), a count or a correlation, as `name` says.
    """

    name: str
    value: float
    bound: str
    held: bool | None
    note: str = ""


class Contrast(NamedTuple):
    """Two copies in one session, on the scale of the log-ratio."""

    wide: Interval
    narrow: Interval
    p: float
    spread: float

    @classmethod
    def of(cls, found: Estimate, ratios: Sequence[float]) -> Self:
        """Return the contrast of an estimate, and the spread of its within-round ln ratios."""
        p = signed_rank_p([found.ranks])
        return cls(found.wide, found.narrow, p, robust_spread(ratios))


def contrasts(series: Sequence[Series], copies: Sequence[str]) -> list[Contrast]:
    """Return the comparisons of copies in every session, as a block's would be made.

    The first copy is the baseline, the second its A/A control; the others are compared with them,
    and with each other.
    """
    baseline, control, *others = copies
    pairs = [*((one, baseline, control) for one in others), (control, baseline, None)]
    pairs += [(a, b, None) for a, b in combinations(others, 2)]
    return [
        Contrast.of(one.compared(a, b, again), one.ratios(a, b))
        for one in series
        for a, b, again in pairs
    ]


def copies_figures(
    series: Sequence[Series], copies: Sequence[str], found: Sequence[Contrast]
) -> Iterator[Figure]:
    """Yield what identical copies must show."""
    independent = (len(copies) - 1) * len(series)  # contrasts of K copies in a session: K-1
    count = sum(one.wide.excludes(0) for one in found)
    share = count / len(found)
    most = CHANCE + chance(CHANCE, independent)
    bound = f"at most {CHANCE:.0%}, by chance {most:.1%}"
    name = "95 % intervals of identical copies that exclude 1"
    yield Figure(name, share, bound, share <= most, f"{count} of {len(found)}")
    qs = benjamini_hochberg([one.p for one in found])
    claimed = sum(q <= CHANCE for q in qs)
    yield Figure("claims on identical copies after correction", claimed, "0", claimed == 0)
    spread = median(one.spread for one in found)
    within = [equal_within(one.narrow) for one in found]
    share = fmean(one is not None and one <= ALIKE for one in within)
    bound, reached = _at_least(share, EQUAL, independent)
    held = reached if spread <= CALM else None
    yield Figure("copies found the same within ±5 %", share, bound, held, _asked(spread, CALM))
    pairs = [(one, a, b) for one in series for a, b in combinations(copies, 2)]
    # What running first gains: the median of d, turned so that the first is above.
    effect = median(
        value if ahead else -value
        for one, a, b in pairs
        for value, ahead in zip(one.ratios(a, b), one.first(a, b), strict=True)
    )
    bound = f"within ±{ORDER:.0%}"
    yield Figure("advantage of running first", effect, bound, abs(effect) < ORDER)
    middle = fmean(autocorrelation(one.ratios(a, b)) for one, a, b in pairs)
    name = "correlation of a round's ratio with the next round's"
    yield Figure(name, middle, f"within ±{ECHO}", abs(middle) <= ECHO)


def chance(share: float, independent: float) -> float:
    """Return two standard errors of a share of so many independent comparisons."""
    return 2 * math.sqrt(share * (1 - share) / independent)


def _at_least(share: float, least: float, independent: float) -> tuple[str, bool]:
    """Return the bound in words, and whether the share reaches it within two standard errors.

    So few independent comparisons do not separate a share from one two standard errors below it;
    the bound in words says how much that leaves.
    """
    bound = least - chance(least, independent)
    return f"at least {least:.0%}, by chance {bound:.0%}", share >= bound


def autocorrelation(values: Sequence[float]) -> float:
    """Return the correlation of each value with the next, 0 where nothing varies."""
    middle = fmean(values)
    square = math.fsum((value - middle) ** 2 for value in values)
    cross = math.fsum((one - middle) * (after - middle) for one, after in pairwise(values))
    return cross / square if square else 0.0


def detection_figures(
    series: Sequence[Series], copies: Sequence[str], injected: str, effect: float
) -> Iterator[Figure]:
    """Yield how often windows of 45 rounds find the injected difference, and cover it."""
    intervals, spreads = [], []
    for one in series:
        for copy in copies:
            ratios = one.ratios(copy, injected)
            spreads.append(robust_spread(ratios))
            starts = range(len(ratios) - WINDOW + 1)
            if starts:
                rows = np.array([ratios[i : i + WINDOW] for i in starts])
                intervals += [found.wide for found in estimates(rows, one.bound)]
    name = f"windows of {WINDOW} rounds that "
    if not intervals:
        yield Figure(f"{name}find {effect:.0%}", math.nan, "", None, f"fewer than {WINDOW} rounds")
        return
    spread = median(spreads)
    # Windows overlap, and all copies meet the same injected trials: K contrasts with one arm in
    # common correlate by a half, and are worth 2K/(K+1) independent ones.
    windows = sum(len(one.logs) / WINDOW for one in series if len(one.logs) >= WINDOW)
    independent = windows * 2 * len(copies) / (len(copies) + 1)
    found = fmean(interval.low > 0 for interval in intervals)
    bound, held = _at_least(found, DETECTED, independent)
    asked = _asked(spread, QUIET)
    yield Figure(f"{name}find {effect:.0%}", found, bound, held if spread <= QUIET else None, asked)
    covered = fmean(not interval.excludes(math.log1p(effect)) for interval in intervals)
    bound, held = _at_least(covered, COVERED, independent)
    yield Figure(f"{name}cover {effect:.0%}", covered, bound, held)


def _asked(spread: float, limit: float) -> str:
    if spread <= limit:
        return f"spread {spread:.3f}"
    return f"not asked: spread {spread:.3f} is above {limit:.2f}; rerun on a quieter machine"
