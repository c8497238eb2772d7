"""When a comparison has been measured enough: by precision, never by significance."""

import math
from collections.abc import Sequence

from runner.intervals.median import Interval, cut_each_side, median_interval

MIN_ROUNDS = 20

MEDIAN_Z = 2.46
"""1.96 · 1.2533: a median's 95 % half-width is 2.46 · sd / √N for normal values."""


def done(log_ratios: Sequence[float], h: float, min_rounds: int = MIN_ROUNDS) -> bool:
    """Return whether N ≥ min_rounds and the 95 % half-width of ln ratio is ≤ ln(1+h).

    Where the interval lies is never looked at: stopping when it excludes 1 makes 16-32 % false
    claims out of 5 %.
    """
    if len(log_ratios) < min_rounds or cut_each_side(len(log_ratios)) == 0:
        return False
    return median_interval(log_ratios).half_width <= math.log1p(h)


def rounds_needed(spread: float, h: float) -> int:
    """Return the rounds that a 95 % half-width of h asks for at a robust spread: (2.46·s/ln(1+h))².

    At least 6, below which the interval has no bounds.
    """
    return max(6, math.ceil((MEDIAN_Z * spread / math.log1p(h)) ** 2))


def rounds_for_verdict(rounds: int, interval: Interval, margin: float) -> int | None:
    """Return the rounds after which the interval of ln ratio is as narrow as ±ln(1+δ).

    N · (half-width / ln(1+δ))²; None where the interval has no bounds, or is as narrow already
    and yet leaves the verdict open.
    """
    if not math.isfinite(interval.half_width):
        return None
    needed = math.ceil(rounds * (interval.half_width / math.log1p(margin)) ** 2)
    return needed if needed > rounds else None
