"""The negative control: the same trials read as if each copy had been measured on its own."""

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from statistics import fmean, median, variance
from typing import TypeVar

import pandas as pd

from runner.analysis.selftest.figures import contrasts
from runner.analysis.selftest.series import Series
from runner.statistics import mann_whitney, t_quantile, t_tail

T = TypeVar("T")

COLUMNS = ("design", "analysis", "comparisons", "different", "share", "half_width")


def blockwise(series: Sequence[Series], copies: Sequence[str]) -> pd.DataFrame:
    """Return how many differences each design finds between copies that are the same.

    `blocks` cuts the trials of a session, as they followed each other, into one part for each
    copy, as a tool does that measures all of A and then all of B; `rounds` is the method's own
    reading. Columns: `design`, `analysis`, `comparisons`, `different` (p ≤ 0.05), `share`, and
    `half_width`, the median half-width of the 95 % intervals of ln ratio (NaN without one).
    """
    parts = [
        pair for one in series for pair in combinations(_parts(one.in_time(copies), copies), 2)
    ]
    rows = [
        _row("blocks", "Welch's t on ln rate", parts, welch),
        _row("blocks", "Mann-Whitney", parts, _mann_whitney),
        _row(
            "rounds",
            "signed ranks of within-round ratios",
            contrasts(series, copies),
            lambda one: (one.p, one.wide.half_width),
        ),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _parts(trials: list[float], copies: Sequence[str]) -> list[list[float]]:
    size = len(trials) // max(1, len(copies))
    return [trials[i * size : (i + 1) * size] for i in range(len(copies))]


def _row(
    design: str, analysis: str, compared: Sequence[T], test: Callable[[T], tuple[float, float]]
) -> tuple[object, ...]:
    results = [test(one) for one in compared]
    different = sum(p <= 0.05 for p, _ in results)
    count = len(results)
    share = different / count if count else math.nan
    widths = [width for _, width in results if math.isfinite(width)]
    half_width = median(widths) if widths else math.nan
    return design, analysis, count, different, share, half_width


def welch(samples: tuple[Sequence[float], Sequence[float]]) -> tuple[float, float]:
    """Return the two-sided p of Welch's t-test, and the half-width of its 95 % interval."""
    first, second = samples
    if min(len(first), len(second)) < 2:
        return 1.0, math.inf
    parts = [variance(one) / len(one) for one in samples]
    squared = sum(parts)
    if squared == 0:
        return float(fmean(first) == fmean(second)), 0.0
    freedom = squared**2 / sum(
        part**2 / (len(one) - 1) for part, one in zip(parts, samples, strict=True)
    )
    t = (fmean(first) - fmean(second)) / math.sqrt(squared)
    return t_tail(t, freedom), t_quantile(0.975, freedom) * math.sqrt(squared)


def _mann_whitney(samples: tuple[Sequence[float], Sequence[float]]) -> tuple[float, float]:
    first, second = samples
    if not first or not second:
        return 1.0, math.nan
    return mann_whitney(first, second), math.nan
