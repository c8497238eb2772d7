"""When a comparison has been measured enough: by precision, never by significance."""

import math
from collections.abc import Collection, Iterable, Sequence

from runner.statistics.median import Interval, estimate

MIN_ROUNDS = 20

MEDIAN_Z = 2.46
"""1.96 · 1.2533: a median's 95 % half-width is 2.46 · sd / √N for normal values."""


def done(sessions: Collection[Sequence[float]], h: float, min_rounds: int = MIN_ROUNDS) -> bool:
    """Return whether N ≥ min_rounds and the 95 % half-width of ln ratio is ≤ ln(1+h).

    Where the interval lies is never looked at: stopping when it excludes 1 makes 16-32 % false
    claims out of 5 %.
    """
    return sum(map(len, sessions)) >= min_rounds and half_width(sessions) <= math.log1p(h)


def half_width(sessions: Iterable[Sequence[float]]) -> float:
    """Return the 95 % half-width of ln ratio over the sessions, weighted by their precision.

    Rounds of two sessions are never put into one interval; a session too short for bounds adds
    nothing.
    """
    widths = [estimate(sorted(values)).half_width for values in sessions]
    if 0.0 in widths:
        return 0.0
    weight = sum(1 / width**2 for width in widths)
    return weight**-0.5 if weight else math.inf


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
