"""Many series over the same rounds at once, with the diagnostics of each.

A block of ten cells has 72 series, and a report of 10^6 trials some 5·10^6 log-ratios. Estimates
are those of `estimating.estimates`, which the stopping rule asks too; the diagnostics are
vectorised here and nowhere else (ADR 0025). They find signs that a ratio may not be what it
seems, each with its threshold (docs/method.md §10), and delete no data.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from runner.statistics.arrays import Flags, Floats, Series, only_known
from runner.statistics.diagnostics import (
    FEWEST_FOR_MODES,
    LEAST_MODE_SHARE,
    Modes,
    two_modes,
)
from runner.statistics.estimating import (
    FEWEST_ROUNDS,
    NOTHING,
    Estimate,
    estimates,
    undisturbed,
)
from runner.statistics.median import MAD_TO_SD
from runner.statistics.student import normal_quantile, t_tail

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
    "load-dependent",  # Spearman(d, others' CPU) p < 0.01, or the terciles' medians > h apart
    "order effect",  # d where a ran first against second, Mann-Whitney p < 0.01
    "contaminated",  # > 30 % of rounds show a sign of contamination
    "missing",  # > 10 % of the rounds lost for the pair
    "estimators differ",  # the median lies more than half the half-width from the estimate
    "loaded",  # too few undisturbed rounds: the ratio is that of all rounds
)


class Levels(NamedTuple):
    """Medians of d in the calmest third of the rounds, between, and in the busiest; or NaN."""

    calm: float
    between: float
    busy: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One series in one session, on the scale of its values: ln ratios.

    `found` is the estimate over the rounds that count (see `undisturbed`), `trimmed` the same
    without outlying rounds, `disturbed` over those that do not count, where they are six or more;
    `wins` counts values above 0 and `spread` is the robust sd, of the rounds that count.
    """

    found: Estimate = NOTHING
    trimmed: Estimate = NOTHING
    disturbed: Estimate = NOTHING
    wins: int = 0
    spread: float = math.nan
    diagnostics: tuple[str, ...] = ()
    levels: Levels | None = None

    @property
    def n(self) -> int:
        """The rounds that count."""
        return self.found.ranks.n


class RoundConditions(NamedTuple):
    """What surrounds the series, where signs are looked for.

    (series, round): `first` says whether a ran before b, `took_part` whether both ran; (round):
    `load` is the CPU of other programs before, NaN where it is not known. `precision` is the
    half-width that was aimed at.
    """

    first: Flags
    took_part: Flags
    load: Floats
    precision: float


def summaries(
    values: Floats | Sequence[Series],
    bound: Flags | Sequence[bool],
    disturbed: Series,
    around: RoundConditions | None = None,
) -> list[Summary]:
    """Return the summary of every series: a row of `values` (series, round), None where unknown.

    `bound` says of each series whether its processes are bound to cores, `disturbed` of each round
    whether other programs disturbed it: 1, 0, or None where that is not known; NaN is as None.
    ValueError where the lengths differ.
    """
    values = np.asarray(values, dtype=np.float64)
    hand = np.asarray(disturbed, dtype=np.float64)
    found: list[Summary] = [Summary()] * len(values)
    if len(bound) != len(values) or (found and values.shape[1:] != hand.shape):
        message = "each series has a value for every round, and says whether it is bound"
        raise ValueError(message)
    if around:
        first, took_part = np.asarray(around.first, bool), np.asarray(around.took_part, bool)
        load = np.asarray(around.load, dtype=np.float64)
        around = RoundConditions(first, took_part, load, around.precision)
    known = np.isfinite(values)
    alike: dict[tuple[bool, bytes], list[int]] = defaultdict(list)
    for row, kind in enumerate(map(bool, bound)):
        alike[kind, known[row].tobytes()].append(row)
    for (kind, _), own in alike.items():
        near = around and around._replace(first=around.first[own], took_part=around.took_part[own])
        made = _together(values[own], kind, known[own[0]], hand, near)
        for row, one in zip(own, made, strict=True):
            found[row] = one
    return found


def _together(
    values: Floats, bound: bool, rounds: Flags, disturbed: Floats, around: RoundConditions | None
) -> list[Summary]:
    """Return the summaries of series that know the same rounds."""
    every, hand = values[:, rounds], disturbed[rounds]
    counted = undisturbed(hand)
    d = every[:, counted]
    n = d.shape[1]
    found = estimates(d, bound)
    rest = [NOTHING] * len(d)
    if (~counted).sum() >= FEWEST_ROUNDS:
        rest = estimates(every[:, ~counted], bound)
    ordered = np.sort(d, axis=1)
    centre = _middle(ordered)
    far = np.abs(d - centre[:, None])
    spread = MAD_TO_SD * _median(far)
    wins = (d > 0).sum(axis=1).tolist()
    made = [
        Summary(one, one, other, up, s)
        for one, other, up, s in zip(found, rest, wins, spread.tolist(), strict=True)
    ]
    if around is None:
        return made
    # What the rounds show: many in which others had a hand, many lost.
    known = int((~np.isnan(hand)).sum())
    bad = bool(np.nansum(hand) > CONTAMINATED * max(known, 1))
    missing = len(hand) < (1 - MISSING) * around.took_part.sum(axis=1)
    shares = {"contaminated": np.full(len(d), bad), "missing": missing}
    if n == 0:
        return [replace(one, diagnostics=_named(shares, i)) for i, one in enumerate(made)]
    load, first = around.load[rounds], around.first[:, rounds][:, counted]
    h = math.log1p(around.precision)
    half_width = np.array([one.wide.half_width for one in found])
    estimate = np.array([one.wide.estimate for one in found])
    placed, metered = _ranked(d), ~np.isnan(load)
    by_load = placed if (counted & metered).all() else _ranked(every[:, metered])
    levels = _levels(every, load)
    shown = {
        "noisy": spread > NOISY,
        "outliers": _outliers(far, spread),
        "bimodal ratio": _bimodal(ordered, spread),
        "drift": _drift(d, placed, h),
        "load-dependent": _load_dependent(by_load, load[metered], levels, spread, h),
        "order effect": _order_effect(placed, first),
        "estimators differ": np.abs(centre - estimate) > half_width / 2,
        "loaded": np.full(len(d), bool(counted.all() and (hand == 1).any())),
        **shares,
    }
    for i in np.flatnonzero(shown["outliers"]):
        rest_of = d[i, far[i] <= TRIM * spread[i]][None]
        made[i] = replace(made[i], trimmed=estimates(rest_of, bound)[0])
    return [
        replace(one, diagnostics=_named(shown, i), levels=levels[i]) for i, one in enumerate(made)
    ]


def _named(shown: Mapping[str, Flags], row: int) -> tuple[str, ...]:
    return tuple(name for name in DIAGNOSTICS if name in shown and shown[name][row])


def _middle(ordered: Floats) -> Floats:
    n = ordered.shape[1]
    if n == 0:
        return np.full(len(ordered), np.nan)
    return np.asarray((ordered[:, (n - 1) // 2] + ordered[:, n // 2]) / 2)


def _median(d: Floats) -> Floats:
    n = d.shape[1]
    return _middle(np.partition(d, ((n - 1) // 2, n // 2), axis=1) if n else d)


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


def modes_of(series: Series) -> Modes | None:
    """Return the two modes of one series, or None where it has one."""
    ordered = np.sort(only_known(series))
    if len(ordered) < FEWEST_FOR_MODES:
        return None
    far = np.abs(ordered - _middle(ordered[None])[0])
    spread = MAD_TO_SD * _middle(np.sort(far)[None])
    return two_modes(ordered.tolist()) if _bimodal(ordered[None], spread)[0] else None


def _ranked(d: Floats) -> Floats:
    """Return each value's rank in its row from 1, ties sharing their mean rank."""
    order = np.argsort(d, axis=1)
    result = np.empty(d.shape)
    places = np.broadcast_to(np.arange(1.0, d.shape[1] + 1), d.shape)
    np.put_along_axis(result, order, places, axis=1)
    ordered = np.take_along_axis(d, order, axis=1)
    for i in np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1)):
        result[i] = _shared_ranks(d[i])
    return result


def _shared_ranks(values: Floats) -> Floats:
    """Return each value's rank from 1, ties sharing their mean rank."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])


def _drift(d: Floats, placed: Floats, h: float) -> Flags:
    """Return where d moves with the round, by more than h/2 from the first to the last third."""
    n = d.shape[1]
    if n < FEWEST:
        return np.zeros(len(d), dtype=np.bool_)
    moved = np.abs(_median(d[:, n - n // 3 :]) - _median(d[:, : n // 3])) > h / 2
    return _correlated(np.arange(1.0, n + 1), placed) & moved


def _levels(d: Floats, load: Floats) -> list[Levels]:
    """Return the medians of d by tercile of other programs' CPU; most loads are often 0.

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
    placed: Floats, load: Floats, levels: Sequence[Levels], spread: Floats, h: float
) -> Flags:
    """Return where d goes with the CPU that others used; `placed` are its ranks where it is known.

    The terciles' medians must lie more than h apart, and further than the spread explains.
    """
    n = len(load)
    if n < FEWEST:
        return np.zeros(len(placed), dtype=np.bool_)
    low, high = _terciles(load)
    difference = np.array([abs(one.busy - one.calm) for one in levels])
    noise = normal_quantile(1 - CERTAIN / 2) * MEDIAN_SD * spread * math.sqrt(6 / n)
    apart = (difference > h) & (difference > noise) & (high > low)
    return np.asarray(_correlated(_shared_ranks(load), placed) | apart)


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
