"""Signs that a ratio may not be what it seems, each with its threshold. They delete no data."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from runner.analysis import ragged
from runner.analysis.trials import Flags, Floats, Wholes
from runner.intervals import LEAST_MODE_SHARE, correlation_p, normal_quantile, two_modes

SIGNS = (
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
"""Names and rules, as in docs/method.md §10; verdicts add `fragile`, `suspect`, `mixed modes`."""

NOISY = 0.15
FAR, VERY_FAR, FAR_SHARE = 4.0, 10.0, 0.05
CERTAIN = 0.01
CONTAMINATED, MISSING = 0.30, 0.10
FEWEST = 12
"""Rounds below which no trend, order or mode is looked for."""

MEDIAN_SD = 1.2533
"""The sd of a median of N normal values is 1.2533 sd / √N."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-ratios as rows (pair of a unit, round), as measured and sorted, and what goes with them.

    `first` says whether a ran before b; `load` is the foreign CPU before the round;
    `contaminated` is 1 for rounds in which others had a hand, 0 for others, NaN where it is not
    known; `rounds` counts the unit's complete rounds, `n` those that the pair has.
    """

    ratios: Floats
    rows: Floats
    n: Wholes
    centre: Floats
    spread: Floats
    half_width: Floats
    first: Flags
    load: Floats
    contaminated: Floats
    rounds: Wholes


class Levels(NamedTuple):
    """Medians of d in the calmest third of the rounds, between, and in the busiest.

    `distinct` says where the terciles' loads differ.
    """

    calm: Floats
    between: Floats
    busy: Floats
    distinct: Flags


def signs(evidence: Evidence, precision: float, levels: Levels) -> dict[str, Flags]:
    """Return for each of SIGNS which rows show it; `levels` are those of load_levels."""
    ranks = ragged.ranks(evidence.ratios)
    h = float(np.log1p(precision))
    return {
        "noisy": evidence.spread > NOISY,
        "outliers": outliers(evidence),
        "bimodal ratio": bimodal(evidence),
        "drift": drift(evidence, ranks, h),
        "load-dependent": load_dependent(evidence, ranks, h, levels),
        "order effect": order_effect(evidence, ranks),
        "contaminated": contaminated(evidence),
        "missing": evidence.n < (1 - MISSING) * evidence.rounds,
        "estimators differ": estimators_differ(evidence),
    }


def outliers(evidence: Evidence) -> Flags:
    """Return where more than 5 % of the rounds lie far from the median, or any very far."""
    distance = np.abs(evidence.ratios - evidence.centre[:, None])
    with np.errstate(invalid="ignore"):
        far = (distance > FAR * evidence.spread[:, None]).sum(axis=1)
        very_far = (distance > VERY_FAR * evidence.spread[:, None]).any(axis=1)
    enough = (evidence.n >= FEWEST) & (evidence.spread > 0)
    return np.asarray(enough & ((far > FAR_SHARE * evidence.n) | very_far))


def bimodal(evidence: Evidence) -> Flags:
    """Return where two_modes finds two; it is asked only where the largest gap is wide enough."""
    n, rows = evidence.n, evidence.rows
    widest = ragged.widest_gap(rows, n, LEAST_MODE_SHARE)
    result = np.zeros(len(rows), dtype=np.bool_)
    # Two modes a gap apart have an overall spread of at most some 1.4 gaps: half is a safe bound.
    for i in np.flatnonzero((widest > 0) & (widest >= 0.5 * evidence.spread)):
        result[i] = two_modes(rows[i, : n[i]].tolist()) is not None
    return result


def drift(evidence: Evidence, ranks: Floats, h: float) -> Flags:
    """Return where d moves with the round, by more than h/2 from the first to the last third."""
    valid = ~np.isnan(ranks)
    when = np.where(valid, np.cumsum(valid, axis=1), np.nan)
    third = evidence.n // 3
    early = _median_where(evidence.ratios, when <= third[:, None])
    late = _median_where(evidence.ratios, when > (evidence.n - third)[:, None])
    moved = np.abs(late - early) > h / 2
    return _correlated(when, ranks, evidence.n) & moved


def load_dependent(evidence: Evidence, ranks: Floats, h: float, levels: Levels) -> Flags:
    """Return where d goes with the CPU that others used.

    The terciles' medians must lie more than h apart, and further than the spread explains.
    """
    load = np.where(np.isnan(ranks), np.nan, evidence.load)
    n = (~np.isnan(load)).sum(axis=1)
    difference = np.abs(levels.busy - levels.calm)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = 2.576 * MEDIAN_SD * evidence.spread * np.sqrt(6 / n)
        apart = (difference > h) & (difference > noise) & levels.distinct
    return np.asarray((_correlated(_average_ranks(load), ranks, n) | apart) & (n >= FEWEST))


def load_levels(evidence: Evidence) -> Levels:
    """Return the medians of d by tercile of foreign CPU; most loads are often 0.

    No round is of two terciles: where two thirds and more of the loads are the lowest one, the
    busiest are those above it. `between` is NaN where no round lies between the outer terciles.
    """
    ratios = evidence.ratios
    load = np.where(np.isnan(ratios), np.nan, evidence.load)
    low, high = (bound[:, None] for bound in _terciles(load))
    calm = load <= low
    busy = (load >= high) & (load > low)
    between = ~calm & ~busy & ~np.isnan(load)
    return Levels(
        _median_where(ratios, calm),
        _median_where(ratios, between),
        _median_where(ratios, busy),
        np.asarray((high > low)[:, 0]),
    )


def _terciles(load: Floats) -> tuple[Floats, Floats]:
    """Return the loads at the ends of each row's first and last third."""
    ordered = np.sort(load, axis=1)
    n = ragged.counts(ordered)
    low = ragged.pick(ordered, np.maximum(n // 3 - 1, 0))
    return low, ragged.pick(ordered, n - np.maximum(n // 3, 1))


def order_effect(evidence: Evidence, ranks: Floats) -> Flags:
    """Return where it matters which arm ran first (Mann-Whitney, normal approximation)."""
    valid = ~np.isnan(ranks)
    ahead = (evidence.first & valid).sum(axis=1)
    behind = valid.sum(axis=1) - ahead
    u = np.where(evidence.first, np.nan_to_num(ranks), 0.0).sum(axis=1) - ahead * (ahead + 1) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(ahead * behind * (ahead + behind + 1) / 12)
        z = np.maximum(0.0, np.abs(u - ahead * behind / 2) - 0.5) / sd
    return np.asarray(
        (ahead >= FEWEST / 2) & (behind >= FEWEST / 2) & (z > normal_quantile(1 - CERTAIN / 2))
    )


def contaminated(evidence: Evidence) -> Flags:
    """Return where too many of the rounds of which it is known are contaminated."""
    known = (~np.isnan(evidence.contaminated)).sum(axis=1)
    return np.asarray(
        np.nansum(evidence.contaminated, axis=1) > CONTAMINATED * np.maximum(known, 1)
    )


def estimators_differ(evidence: Evidence) -> Flags:
    """Return where the Hodges-Lehmann estimate lies outside median ± half-width.

    It lies above c exactly where the positive signed ranks of d - c have more than half of the sum.
    """
    known = np.isfinite(evidence.half_width) & (evidence.half_width > 0)
    result = np.zeros(len(known), dtype=np.bool_)
    at = np.flatnonzero(known)
    rows, n = evidence.rows[at], evidence.n[at]
    for direction in (-1, 1):
        bound = evidence.centre[at] + direction * evidence.half_width[at]
        distance = rows - bound[:, None]
        ranks = ragged.ranks(np.abs(distance))
        beyond = np.where(direction * distance > 0, ranks, 0.0).sum(axis=1)
        result[at] |= beyond > n * (n + 1) / 4
    return result


def _median_where(values: Floats, where: Flags) -> Floats:
    rows = np.sort(np.where(where, values, np.nan), axis=1)
    return ragged.middle(rows, ragged.counts(rows))


def _average_ranks(values: Floats) -> Floats:
    """Return ranks in rows, ties sharing their mean: foreign CPU is often 0."""
    unique, inverse = _unique_rows(values)
    ranked = pd.DataFrame(unique).rank(axis=1).to_numpy(dtype=np.float64)
    return np.asarray(ranked[inverse])


def _unique_rows(values: Floats) -> tuple[Floats, Wholes]:
    """Return the different rows: every pair of a unit mostly has the same."""
    changes = np.ones(len(values), dtype=np.bool_)
    if len(values) > 1:
        before, after = values[:-1], values[1:]
        same = (before == after) | (np.isnan(before) & np.isnan(after))
        changes[1:] = ~same.all(axis=1)
    return values[changes], np.cumsum(changes) - 1


def _correlated(x: Floats, ranks: Floats, n: Wholes) -> Flags:
    """Return where the ranks of x and d go together with p < 0.01, n being large enough."""
    x = np.where(np.isnan(ranks), np.nan, x)
    ranks = np.where(np.isnan(x), np.nan, ranks)
    with np.errstate(divide="ignore", invalid="ignore"):
        dx = np.nan_to_num(x - _mean(x)[:, None])
        dy = np.nan_to_num(ranks - _mean(ranks)[:, None])
        norm = np.sqrt((dx * dx).sum(axis=1) * (dy * dy).sum(axis=1))
        rho = np.where(norm > 0, (dx * dy).sum(axis=1) / norm, 0.0)
    found, inverse = np.unique(n, return_inverse=True)
    least = np.array([_least_rho(int(one)) for one in found])
    return np.asarray((n >= FEWEST) & (np.abs(rho) > least[inverse])) if len(n) else n > 0


def _mean(values: Floats) -> Floats:
    known = (~np.isnan(values)).sum(axis=1)
    return np.asarray(np.nansum(values, axis=1) / np.maximum(known, 1))


def _least_rho(n: int) -> float:
    """Return the correlation over n pairs whose p is 0.01."""
    if n < FEWEST:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(40):
        half = (low + high) / 2
        low, high = (half, high) if correlation_p(half, n) > CERTAIN else (low, half)
    return high
