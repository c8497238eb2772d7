"""Many series over the same rounds at once: the one place where arrays take the place of loops.

A block of ten cells has 72 series, and a report of 10^6 trials some 5·10^6 log-ratios. Estimates
and intervals are those of `median.estimate`, asked for all series side by side; the diagnostics
are vectorised here and nowhere else (ADR 0025). They find signs that a ratio may not be what it
seems, each with its threshold (docs/method.md §10), and delete no data.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from runner.statistics.diagnostics import (
    FEWEST_FOR_MODES,
    LEAST_MODE_SHARE,
    Modes,
    ranks,
    two_modes,
)
from runner.statistics.median import MAD_TO_SD, UNKNOWN, Interval, estimate
from runner.statistics.student import normal_quantile, t_tail

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NOISY = 0.15
FAR, VERY_FAR, FAR_SHARE = 4.0, 10.0, 0.05
TRIM = 4.0
"""Rounds further than this many robust spreads from the median are left out of the second look."""
CERTAIN = 0.01
CONTAMINATED, MISSING = 0.30, 0.10
FEWEST = 12
"""Rounds below which no trend, order or mode is looked for."""
MEDIAN_SD = 1.2533
"""The sd of a median of N normal values is 1.2533 sd / √N."""

DIAGNOSTICS = (
    "noisy",  # s_r > 0.15
    "outliers",  # > 5 % of rounds beyond 4 robust spreads, or any beyond 10
    "bimodal ratio",  # two modes of d, each with 15 % of the rounds
    "drift",  # Spearman(round, d) p < 0.01, and the thirds' medians more than h/2 apart
    "load-dependent",  # Spearman(d, foreign CPU) p < 0.01, or the terciles' medians > h apart
    "order effect",  # d where a ran first against second, Mann-Whitney p < 0.01
    "contaminated",  # > 30 % of rounds show a sign of contamination
    "missing",  # > 10 % of the rounds lost for the pair
    "estimators differ",  # Hodges-Lehmann lies outside the median's half-width
)


class Levels(NamedTuple):
    """Medians of d in the calmest third of the rounds, between, and in the busiest; or NaN."""

    calm: float
    between: float
    busy: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One series in one session, on the scale of its values: ln ratios.

    `wide` and `narrow` are the 95 and 90 % intervals, `trimmed` the same two without outlying
    rounds; `above` and `below` count values over and under 0.
    """

    n: int
    wide: Interval = UNKNOWN
    narrow: Interval = UNKNOWN
    trimmed: tuple[Interval, Interval] = (UNKNOWN, UNKNOWN)
    above: int = 0
    below: int = 0
    spread: float = math.nan
    diagnostics: tuple[str, ...] = ()
    levels: Levels | None = None


class Conditions(NamedTuple):
    """What surrounds the series: `first` (series, round) says whether a ran before b.

    `load` is the foreign CPU before each round, `contaminated` 1 where others had a hand, 0 where
    not; both NaN where it is not known. `precision` is the half-width that was aimed at.
    """

    first: Flags
    load: Floats
    contaminated: Floats
    precision: float


def summaries(values: Floats, around: Conditions | None = None) -> list[Summary]:
    """Return the summary of every series: a row of `values` (series, round), NaN where lost.

    Signs are looked for where it is said what surrounds the rounds.
    """
    found: list[Summary] = [Summary(0)] * len(values)
    known = ~np.isnan(values)
    if known.all():
        return _together(values, np.ones(values.shape[1], dtype=np.bool_), around)
    kinds, kind = np.unique(known, axis=0, return_inverse=True)
    for place, rounds in enumerate(kinds):
        rows = np.flatnonzero(kind.ravel() == place)
        own = around and around._replace(first=around.first[rows])
        for row, one in zip(rows, _together(values[rows], rounds, own), strict=True):
            found[row] = one
    return found


def _together(values: Floats, rounds: Flags, around: Conditions | None) -> list[Summary]:
    """Return the summaries of series that know the same rounds."""
    d = values[:, rounds] if not rounds.all() else values
    n = d.shape[1]
    if n == 0:
        signs = _of_rounds(0, around)
        return [Summary(0, diagnostics=tuple(one for one in DIAGNOSTICS if one in signs))] * len(d)
    ordered = np.sort(d, axis=1)
    wide, narrow = intervals(ordered), intervals(ordered, 0.90)
    centre = _middle(ordered)
    far = np.abs(d - centre[:, None])
    spread = MAD_TO_SD * _middle(np.sort(far, axis=1))
    above, below = (d > 0).sum(axis=1).tolist(), (d < 0).sum(axis=1).tolist()
    figures = zip(wide, narrow, above, below, spread.tolist(), strict=True)
    made = [(n, w, t, (w, t), up, down, s) for w, t, up, down, s in figures]
    if around is None:
        return [Summary(*one) for one in made]
    low, high = (np.array([getattr(one, end) for one in wide]) for end in ("low", "high"))
    load, first = around.load[rounds], around.first[:, rounds]
    h = math.log1p(around.precision)
    placed = _ranks(d, np.argsort(d, axis=1, kind="stable"))
    levels = _levels(d, load)
    shown = {
        "noisy": spread > NOISY,
        "outliers": _outliers(far, spread),
        "bimodal ratio": _bimodal(ordered, spread),
        "drift": _drift(d, placed, h),
        "load-dependent": _load_dependent(d, placed, load, levels, spread, h),
        "order effect": _order_effect(placed, first),
        "estimators differ": _estimators_differ(ordered, centre, (high - low) / 2),
        **dict.fromkeys(_of_rounds(n, around), np.ones(len(d), dtype=np.bool_)),
    }
    for i in np.flatnonzero(shown["outliers"]):
        rest = np.sort(d[i, far[i] <= TRIM * spread[i]])[None]
        trimmed = (intervals(rest)[0], intervals(rest, 0.90)[0])
        made[i] = (*made[i][:3], trimmed, *made[i][4:])
    named = [name for name in DIAGNOSTICS if name in shown]
    flags = np.array([shown[name] for name in named]).T.tolist()
    return [
        Summary(*one, tuple(name for name, has in zip(named, raised, strict=True) if has), level)
        for one, raised, level in zip(made, flags, levels, strict=True)
    ]


def intervals(ordered: Floats, level: float = 0.95) -> list[Interval]:
    """Return the estimate of every sorted row, by the function that serves one series."""
    # Round by round, as of one series: its arithmetic does for all rows at once.
    found: tuple[Floats | float, ...] = estimate(cast("Sequence[float]", ordered.T), level)
    ends = (one.tolist() if isinstance(one, np.ndarray) else [one] * len(ordered) for one in found)
    return list(map(Interval, *ends))


def _middle(ordered: Floats) -> Floats:
    n = ordered.shape[1]
    if n == 0:
        return np.full(len(ordered), np.nan)
    return np.asarray((ordered[:, (n - 1) // 2] + ordered[:, n // 2]) / 2)


def _median(d: Floats) -> Floats:
    return _middle(np.sort(d, axis=1))


def _of_rounds(n: int, around: Conditions | None) -> list[str]:
    """Return the signs that all series of n known rounds have in common."""
    if around is None:
        return []
    known = int((~np.isnan(around.contaminated)).sum())
    bad = np.nansum(around.contaminated) > CONTAMINATED * max(known, 1)
    return ["contaminated"] * bool(bad) + ["missing"] * (n < (1 - MISSING) * len(around.load))


def _outliers(far: Floats, spread: Floats) -> Flags:
    n = far.shape[1]
    if n < FEWEST:
        return np.zeros(len(far), dtype=np.bool_)
    many = (far > FAR * spread[:, None]).sum(axis=1) > FAR_SHARE * n
    return np.asarray((spread > 0) & (many | (far > VERY_FAR * spread[:, None]).any(axis=1)))


def _bimodal(ordered: Floats, spread: Floats) -> Flags:
    """Return where two_modes finds two; it is asked only where the largest gap is wide enough."""
    result = np.zeros(len(ordered), dtype=np.bool_)
    n = ordered.shape[1]
    if n < FEWEST_FOR_MODES:
        return result
    least = math.ceil(LEAST_MODE_SHARE * n)
    inner = ordered[:, least - 1 : n - least + 1]
    gaps = (inner[:, 1:] - inner[:, :-1]).max(axis=1)
    # Two modes a gap apart have an overall spread of at most some 1.4 gaps: half is a safe bound.
    for i in np.flatnonzero((gaps > 0) & (gaps >= 0.5 * spread)):
        result[i] = two_modes(ordered[i].tolist()) is not None
    return result


def modes_of(ordered: Floats) -> Modes | None:
    """Return the two modes of one sorted series, or None where it has one."""
    if len(ordered) < FEWEST_FOR_MODES:
        return None
    far = np.abs(ordered - _middle(ordered[None])[0])
    spread = MAD_TO_SD * _middle(np.sort(far)[None])
    return two_modes(ordered.tolist()) if _bimodal(ordered[None], spread)[0] else None


def _ranks(d: Floats, order: npt.NDArray[np.int64]) -> Floats:
    """Return each value's rank in its row from 1, ties sharing their mean rank."""
    result = np.empty(d.shape)
    places = np.broadcast_to(np.arange(1.0, d.shape[1] + 1), d.shape)
    np.put_along_axis(result, order, places, axis=1)
    ordered = np.take_along_axis(d, order, axis=1)
    for i in np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1)):
        result[i] = ranks(d[i].tolist())
    return result


def _drift(d: Floats, placed: Floats, h: float) -> Flags:
    """Return where d moves with the round, by more than h/2 from the first to the last third."""
    n = d.shape[1]
    if n < FEWEST:
        return np.zeros(len(d), dtype=np.bool_)
    moved = np.abs(_median(d[:, n - n // 3 :]) - _median(d[:, : n // 3])) > h / 2
    return _correlated(np.arange(1.0, n + 1), placed) & moved


def _levels(d: Floats, load: Floats) -> list[Levels]:
    """Return the medians of d by tercile of foreign CPU; most loads are often 0.

    No round is of two terciles: where two thirds and more of the loads are the lowest one, the
    busiest are those above it. `between` is NaN where no round lies between the outer terciles.
    """
    low, high = _terciles(load)
    calm = load <= low
    busy = (load >= high) & (load > low)
    between = ~calm & ~busy & ~np.isnan(load)
    parts = (_median(d[:, rounds]).tolist() for rounds in (calm, between, busy))
    return [Levels(*one) for one in zip(*parts, strict=True)]


def _terciles(load: Floats) -> tuple[float, float]:
    """Return the loads at the ends of the first and the last third, NaN where none is known."""
    ordered = np.sort(load[~np.isnan(load)])
    n = len(ordered)
    if not n:
        return math.nan, math.nan
    return float(ordered[max(n // 3 - 1, 0)]), float(ordered[n - max(n // 3, 1)])


def _load_dependent(
    d: Floats, placed: Floats, load: Floats, levels: Sequence[Levels], spread: Floats, h: float
) -> Flags:
    """Return where d goes with the CPU that others used.

    The terciles' medians must lie more than h apart, and further than the spread explains.
    """
    known = ~np.isnan(load)
    n = int(known.sum())
    if n < FEWEST:
        return np.zeros(len(d), dtype=np.bool_)
    low, high = _terciles(load)
    difference = np.array([abs(one.busy - one.calm) for one in levels])
    noise = normal_quantile(1 - CERTAIN / 2) * MEDIAN_SD * spread * math.sqrt(6 / n)
    apart = (difference > h) & (difference > noise) & (high > low)
    if n < len(load):
        d = d[:, known]
        placed = _ranks(d, np.argsort(d, axis=1, kind="stable"))
    return np.asarray(_correlated(np.array(ranks(load[known].tolist())), placed) | apart)


def _correlated(x: Floats, placed: Floats) -> Flags:
    """Return where the ranks x and those of d go together with p < 0.01 (Spearman)."""
    dx, dy = x - x.mean(), placed - placed.mean(axis=1, keepdims=True)
    norm = np.sqrt((dx * dx).sum() * (dy * dy).sum(axis=1))
    rho = (dy @ dx) / np.where(norm > 0, norm, np.inf)
    return np.asarray(np.abs(rho) > _least_correlation(len(x)))


@lru_cache(maxsize=4096)
def _least_correlation(n: int) -> float:
    """Return the rank correlation over n pairs whose p is 0.01, by Student's t."""
    low, high = 0.0, 1.0
    for _ in range(40):
        half = (low + high) / 2
        p = t_tail(half * math.sqrt((n - 2) / (1 - half * half)), n - 2)
        low, high = (half, high) if p > CERTAIN else (low, half)
    return high


def _order_effect(placed: Floats, first: Flags) -> Flags:
    """Return where it matters which arm ran first (Mann-Whitney, normal approximation)."""
    ahead = first.sum(axis=1)
    behind = first.shape[1] - ahead
    u = np.where(first, placed, 0.0).sum(axis=1) - ahead * (ahead + 1) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(ahead * behind * (ahead + behind + 1) / 12)
        z = np.maximum(0.0, np.abs(u - ahead * behind / 2) - 0.5) / sd
    enough = np.minimum(ahead, behind) >= FEWEST / 2
    return np.asarray(enough & (z > normal_quantile(1 - CERTAIN / 2)))


def _estimators_differ(ordered: Floats, centre: Floats, half_width: Floats) -> Flags:
    """Return where the Hodges-Lehmann estimate lies outside median ± half-width.

    It lies above c exactly where the positive signed ranks of d - c have more than half of the sum.
    """
    result = np.zeros(len(ordered), dtype=np.bool_)
    at = np.flatnonzero(np.isfinite(half_width) & (half_width > 0))
    if not len(at):
        return result
    rows, n = ordered[at], ordered.shape[1]
    for direction in (-1, 1):
        distance = direction * (rows - (centre[at] + direction * half_width[at])[:, None])
        size = np.abs(distance)
        placed = _ranks(size, np.argsort(size, axis=1, kind="stable"))
        result[at] |= np.where(distance > 0, placed, 0.0).sum(axis=1) > n * (n + 1) / 4
    return result
