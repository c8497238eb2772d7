"""From intervals to words: correction for many comparisons, and the seven verdicts."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from runner.statistics.median import Interval

Verdict = Literal[
    "faster", "slightly faster", "same", "slightly slower", "slower", "inconclusive", "invalid"
]
"""`invalid` is never computed here: a block whose control came out different has no verdicts."""

OPPOSITE: Mapping[str, Verdict] = {
    "faster": "slower",
    "slightly faster": "slightly slower",
    "slightly slower": "slightly faster",
    "slower": "faster",
}
"""Verdicts that decide who is faster, and what they are from the other side."""

FALSE_DISCOVERY_RATE = 0.05


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """Return q for each p, in the given order: the least rate at which it would be claimed.

    Benjamini & Hochberg, J. R. Statist. Soc. B 57 (1995) 289-300. Raises ValueError for a p
    outside [0, 1].
    """
    if not all(0 <= p <= 1 for p in ps):
        message = "every p lies between 0 and 1"
        raise ValueError(message)
    order = sorted(range(len(ps)), key=lambda i: ps[i], reverse=True)
    qs = [1.0] * len(ps)
    least = 1.0
    for place, i in enumerate(order):
        least = min(least, ps[i] * len(ps) / (len(ps) - place))
        qs[i] = least
    return qs


def selected_level(claims: int, comparisons: int) -> float:
    """Return the level at which the intervals of the claimed among all keep 95 % on average.

    Benjamini & Yekutieli, J. Am. Stat. Assoc. 100 (2005) 71-81: 1 - claims · 0.05 / comparisons.
    """
    return 1 - claims * FALSE_DISCOVERY_RATE / comparisons if comparisons else math.nan


def is_same(interval90: Interval, margin: float) -> bool:
    """Return whether the 90 % interval of a ratio lies inside [1/(1+δ), 1+δ] (TOST at 5 %)."""
    return 1 / (1 + margin) <= interval90.low and interval90.high <= 1 + margin


def verdict(interval95: Interval, interval90: Interval, q: float, margin: float) -> Verdict:
    """Return the verdict on a ratio of speeds a/b, both intervals on the scale of the ratio.

    `same` where the 90 % interval lies inside [1/(1+δ), 1+δ], though the difference be certain;
    else, with q ≤ 0.05, `faster` where the whole 95 % interval lies beyond 1+δ and `slightly
    faster` where it merely excludes 1; the mirror for slower; else `inconclusive`. That the
    interval must exclude 1 says nothing new within a session, where it follows from p ≤ 0.05; of
    pooled sessions it asks that the difference stand out from that between sessions too.
    """
    if is_same(interval90, margin):
        return "same"
    if not q <= FALSE_DISCOVERY_RATE or not interval95.excludes(1):
        return "inconclusive"
    if interval95.low > 1:
        return "faster" if interval95.low > 1 + margin else "slightly faster"
    return "slower" if interval95.high < 1 / (1 + margin) else "slightly slower"
