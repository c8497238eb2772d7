"""Student's t and the normal distribution, without a library."""

import math
from functools import lru_cache
from statistics import NormalDist

_STEPS = 300
_TINY = 1e-300
_PRECISION = 1e-15


def t_tail(t: float, df: float) -> float:
    """Return the two-sided p of a t statistic: P(|T| ≥ |t|) with df degrees of freedom."""
    if math.isnan(t):
        return math.nan
    return _incomplete_beta(df / 2, 0.5, df / (df + t * t)) if math.isfinite(t) else 0.0


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """Return t with P(T ≤ t) = p, by bisection of the tail to the last digits."""
    if not 0 < p < 1:
        message = f"a quantile's probability lies between 0 and 1, not {p}"
        raise ValueError(message)
    if p < 0.5:
        return -t_quantile(1 - p, df)
    tail = 2 * (1 - p)
    low, high = 0.0, 1.0
    while t_tail(high, df) > tail:
        high *= 2
    while high - low > 1e-14 * max(1.0, high):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_tail(middle, df) > tail else (low, middle)
    return (low + high) / 2


def normal_tail(z: float) -> float:
    """Return the two-sided p of a standard normal value."""
    return math.erfc(abs(z) / math.sqrt(2))


def normal_quantile(p: float) -> float:
    """Return z with P(Z ≤ z) = p."""
    return NormalDist().inv_cdf(p)


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised I_x(a, b) (DLMF §8.17, continued fraction 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x)) / a
    return front * _continued_fraction(a, b, x)


def _continued_fraction(a: float, b: float, x: float) -> float:
    """Return the fraction of DLMF 8.17.22 by Lentz's method, as (1 + fraction) - 1."""
    upper, lower, value = 1.0, 0.0, 1.0
    for step in range(_STEPS):
        term = _fraction_term(a, b, x, step)
        lower = 1 / _away_from_zero(1 + term * lower)
        upper = _away_from_zero(1 + term / upper)
        value *= upper * lower
        if step and abs(upper * lower - 1) < _PRECISION:
            break
    return value - 1


def _fraction_term(a: float, b: float, x: float, step: int) -> float:
    if step == 0:
        return 1.0
    m = step // 2
    if step % 2 == 0:
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
