"""Several sessions pooled: random effects, and what the next session will show."""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import NamedTuple

from runner.statistics.median import UNKNOWN, Interval
from runner.statistics.student import normal_quantile, t_quantile

WIDTH_IN_SD = 3.92
"""A 95 % interval is 2 · 1.96 standard errors wide."""

LEAST_VARIANCE = 1e-12
"""A session's squared standard error is never below: equal bounds are rounding, not certainty."""


class Pooled(NamedTuple):
    """A pooled estimate on the scale of the sessions' (the logarithm, for ratios).

    `se` is its standard error, at least the one from the rounds only; `tau` is the
    between-session sd, `i2` the share of variance between sessions (None for one session),
    `forecast` the 95 % prediction interval of the next session (None for fewer than three).
    """

    interval: Interval
    se: float
    tau: float | None = None
    i2: float | None = None
    forecast: Interval | None = None


def pool(sessions: Iterable[Interval], level: float = 0.95) -> Pooled:
    """Return the sessions' 95 % intervals pooled by random effects, at the given level.

    DerSimonian & Laird (1986) for the variance between sessions, Hartung & Knapp (2001) for the
    interval, or the classic one of the normal distribution where that is wider (Jackson et al.
    2017, ADR 0016): a few sessions that agree by chance would be surer than their rounds. Higgins,
    Thompson & Spiegelhalter (2009) for the prediction, to which the mean sampling variance is
    added: what a reader compares with it is the next session's estimate, not its true ratio
    (without it, 72 % of the next estimates lay inside where sessions did not scatter). A session
    without bounds has no weight and is left out; a single one is returned as it is, whatever the
    level.
    """
    sessions = list(sessions)
    bounded = [session for session in sessions if math.isfinite(session.half_width)]
    if not bounded:
        known = [one.estimate for one in sessions if not math.isnan(one.estimate)]
        return Pooled(Interval(median(known), -math.inf, math.inf) if known else UNKNOWN, math.inf)
    if len(bounded) == 1:
        return Pooled(bounded[0], bounded[0].half_width * 2 / WIDTH_IN_SD)
    ys = [session.estimate for session in bounded]
    vs = [max((one.half_width * 2 / WIDTH_IN_SD) ** 2, LEAST_VARIANCE) for one in bounded]
    tau2, i2 = _between(ys, vs)
    weights = [1 / (v + tau2) for v in vs]
    total = math.fsum(weights)
    theta = _mean(ys, weights)
    freedom = len(ys) - 1
    scatter = math.fsum(w * (y - theta) ** 2 for w, y in zip(weights, ys, strict=True))
    se, least = math.sqrt(scatter / (freedom * total)), math.sqrt(1 / total)
    quantile = (1 + level) / 2
    half = max(t_quantile(quantile, freedom) * se, normal_quantile(quantile) * least)
    forecast = None
    if len(ys) >= 3:
        sd = math.sqrt(tau2 + max(se, least) ** 2 + fmean(vs))
        forecast = around(theta, t_quantile(0.975, len(ys) - 2) * sd)
    return Pooled(around(theta, half), max(se, least), math.sqrt(tau2), i2, forecast)


def around(middle: float, reach: float) -> Interval:
    """Return the interval that reaches as far to either side."""
    return Interval(middle, middle - reach, middle + reach)


def _mean(ys: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(w * y for w, y in zip(weights, ys, strict=True)) / math.fsum(weights)


def _between(ys: Sequence[float], vs: Sequence[float]) -> tuple[float, float]:
    """Return τ² and I² (DerSimonian-Laird)."""
    weights = [1 / v for v in vs]
    total = math.fsum(weights)
    mu = _mean(ys, weights)
    q = math.fsum(w * (y - mu) ** 2 for w, y in zip(weights, ys, strict=True))
    excess = max(0.0, q - (len(ys) - 1))
    spread = total - math.fsum(w * w for w in weights) / total
    return excess / spread, excess / q if q > 0 else 0.0
