"""From intervals to words: correction for many comparisons, and the verdicts."""

import math
import sys
from collections.abc import Iterable, Mapping
from typing import Literal

from runner.statistics.median import Interval

Verdict = Literal["faster", "slower", "equal", "open", "invalid"]
"""`invalid` is never computed here: where a block's A/A control differs, it has no verdicts."""

OPPOSITE: Mapping[str, Verdict] = {"faster": "slower", "slower": "faster"}
"""Verdicts that decide who is faster, and what they are from the other side."""

FALSE_DISCOVERY_RATE = 0.05

LARGEST = math.log(sys.float_info.max)
"""The ln of the largest ratio that a number can hold."""


def benjamini_hochberg(ps: Iterable[float]) -> list[float]:
    """Return q for each p, in the given order: the least rate at which it would be claimed.

    Benjamini & Hochberg, J. R. Statist. Soc. B 57 (1995) 289-300. Raises ValueError for a p
    outside [0, 1].
    """
    ps = list(ps)
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


def equal_within(interval90: Interval) -> float | None:
    """Return x: by the 90 % interval of ln ratio the two surely differ by no more than x.

    A fraction, in either direction; None where the interval has no bounds, or reaches beyond what
    a number can hold. It is that interval read as a bound of equivalence (two one-sided tests at
    5 %), so it costs no error.
    """
    most = max(abs(interval90.low), abs(interval90.high))
    return math.expm1(most) if most < LARGEST else None


def verdict(interval95: Interval, interval90: Interval, q: float, margin: float) -> Verdict:
    """Return the verdict on a ratio of speeds a/b, both intervals on the scale of ln ratio.

    `equal` where the 90 % interval lies inside ± ln(1+δ), even if the difference is certain; else,
    with q ≤ 0.05, `faster` or `slower` where the 95 % interval excludes 1; else `open`. That the
    interval must exclude 1 says nothing new within a session, where it follows from p ≤ 0.05; of
    pooled sessions it asks that the difference stand out from that between sessions too.
    """
    within = equal_within(interval90)
    if within is not None and within <= margin * (1 + 1e-12):
        return "equal"
    if not q <= FALSE_DISCOVERY_RATE or not interval95.excludes(0):
        return "open"
    return "faster" if interval95.low > 0 else "slower"
