"""When a comparison has been measured enough: by precision, never by significance."""

import math
from collections.abc import Iterable

from runner.statistics.median import UNKNOWN, Interval

MIN_ROUNDS = 12
LOOK_EVERY = 2
"""Rounds until the first look at an interval, and from one look to the next."""

RELATIVE = 0.1
"""An interval this narrow, as a share of the log-ratio itself, is narrow enough."""

RANKS_Z = 2.3
"""Half-widths of signed ranks at 12 to 40 rounds are about 2.3 · s_r / √N."""


def is_look(rounds: int, min_rounds: int = MIN_ROUNDS) -> bool:
    """Return whether intervals are looked at after so many rounds."""
    return rounds >= min_rounds and (rounds - min_rounds) % LOOK_EVERY == 0


def precise(interval: Interval, h: float) -> bool:
    """Return whether the 95 % half-width of ln ratio is ≤ ln(1+h), or ≤ a tenth of ln ratio.

    Whether it excludes 1 is never looked at: stopping when it does makes 16-32 % false claims out
    of 5 %. The second bound needs a ratio ten half-widths from 1, far from any claim in doubt.
    """
    return lacking(interval, h) <= 1


def lacking(interval: Interval, h: float) -> float:
    """Return how many times as many rounds the interval needs to be precise; 1 or less: none.

    Infinite where it has no bounds, or where h is 0 and the two do not differ at all.
    """
    target = max(math.log1p(h), RELATIVE * abs(interval.estimate))
    if not interval.half_width < math.inf:
        return math.inf
    if target <= 0:
        return 0.0 if interval.half_width == 0 else math.inf
    return (interval.half_width / target) ** 2


def together(sessions: Iterable[Interval]) -> Interval:
    """Return the intervals of several sessions as one, weighted by their precision.

    Rounds of two sessions are never put into one interval; a session too short for bounds adds
    nothing.
    """
    bounded = [one for one in sessions if math.isfinite(one.half_width)]
    if not bounded:
        return UNKNOWN
    if len(bounded) == 1 or any(one.half_width**2 == 0 for one in bounded):
        return min(bounded, key=lambda one: one.half_width)
    weights = [1 / one.half_width**2 for one in bounded]
    whole = math.fsum(weights)
    middle = math.fsum(w * one.estimate for w, one in zip(weights, bounded, strict=True)) / whole
    return Interval(middle, middle - whole**-0.5, middle + whole**-0.5)


def rounds_needed(spread: float, h: float) -> int:
    """Return the rounds that a 95 % half-width of h asks for at a robust spread: (2.3·s/ln(1+h))².

    At least 6, below which the interval has no bounds. ValueError for a spread that is not known
    or below 0, or an h that is not above 0.
    """
    if not (0 <= spread < math.inf and h > 0):
        message = f"rounds for a spread of {spread} and a half-width of {h}: give finite figures"
        raise ValueError(message)
    return max(6, math.ceil((RANKS_Z * spread / math.log1p(h)) ** 2))


def rounds_for_verdict(rounds: int, interval: Interval, margin: float) -> int | None:
    """Return the rounds after which the interval of ln ratio is as narrow as ±ln(1+δ).

    N · (half-width / ln(1+δ))²; None where the interval has no bounds, or is as narrow already
    and yet leaves the verdict open, and where δ is 0.
    """
    if not math.isfinite(interval.half_width) or margin <= 0:
        return None
    needed = math.ceil(rounds * (interval.half_width / math.log1p(margin)) ** 2)
    return needed if needed > rounds else None
