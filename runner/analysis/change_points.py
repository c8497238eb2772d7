"""Where a combination's ratio to its baseline changed for good, over the runs of a site.

A ratio is formed inside the rounds of a run; what is compared over time are ratios, of machines of
one processor, number of cores and executor, never the rates of two runs. A level has two runs at
least: one is a run's own day. docs/adr has the simulation behind the constants.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import fmean, median, pvariance
from typing import NamedTuple

import numpy as np

from runner.analysis.trials import Floats
from runner.history import ChangePoint, HistorySeries, KeptRatio, KeptRun, SeriesPoint
from runner.statistics import (
    FALSE_DISCOVERY_RATE,
    MAD_TO_SD,
    WIDTH_IN_SD,
    Interval,
    benjamini_hochberg,
    pool,
    t_quantile,
    t_tail,
)

BETWEEN_RUNS = 0.019
"""Least sd of a log-ratio between runs: that between sessions of six machines (method.md)."""
LEAST = 2
"""Runs that a level has at least."""
LONGEST = 520
"""Runs that are looked at, the latest: ten years of weekly ones."""
EPISODE = 4
"""Runs that a part has at least whose conditions are alike: fewer are an episode."""
PRIOR = 4
"""Degrees of freedom that the scatter of all series is worth against a series' own."""


def history_series(runs: Sequence[KeptRun]) -> dict[HistorySeries, list[SeriesPoint]]:
    """Return what is followed, with its points in the order of the runs.

    The order is that of the newest run that has the series: the order of its tables.
    """
    found: dict[HistorySeries, list[SeriesPoint]] = {}
    for run in reversed(runs):
        together: dict[HistorySeries, list[KeptRatio]] = {}
        for one in run.ratios:
            machine = run.machines.get(one.machine)
            if machine is not None:
                given = one.model_dump(include=set(HistorySeries.__slots__))
                key = HistorySeries(hardware=machine.hardware, **given)
                together.setdefault(key, []).append(one)
        for key, ratios in together.items():
            found.setdefault(key, []).append(_point(run, ratios))
    for points in found.values():
        points.reverse()
    return found


def _point(run: KeptRun, ratios: Sequence[KeptRatio]) -> SeriesPoint:
    """Return the machines' ratios pooled; those without a verdict count only where all lack it."""
    sound = [one for one in ratios if one.low and one.high and one.verdict != "invalid"]
    if not sound:
        first = ratios[0]
        low, high = (math.log(one) if one else None for one in (first.low, first.high))
        return SeriesPoint(run, math.log(first.ratio), low, high, None)
    logs = [
        Interval(*(math.log(end) for end in (one.ratio, one.low or 1, one.high or 1)))
        for one in sound
    ]
    pooled = pool(logs)
    span = pooled.interval
    return SeriesPoint(
        run, span.estimate, span.low, span.high, ((span.high - span.low) / WIDTH_IN_SD) ** 2
    )


def change_points(
    followed: Mapping[HistorySeries, Sequence[SeriesPoint]], margin: float
) -> list[ChangePoint]:
    """Return the lasting changes beyond the margin, the newest first.

    Each segment of a series is cut where what the cut makes differs most: two sides, or a part
    from what surrounds it. A cut is made where its p, times the cuts there were, is ≤ 0.05 by
    Benjamini-Hochberg over all segments, and the change is estimated beyond the margin. Then its
    parts are searched.
    """
    known = {
        key: sound
        for key, points in followed.items()
        if len(sound := [one for one in points if one.variance is not None][-LONGEST:]) >= 2 * LEAST
    }
    scatter = _common_scatter(known)
    places: dict[HistorySeries, dict[int, float]] = {}
    segments = [(key, 0, len(points)) for key, points in known.items()]
    while segments:
        best = [
            _best_cut(known[key][first:end], scatter[key.hardware]) for key, first, end in segments
        ]
        qs = benjamini_hochberg([one.p for one in best])
        searched, segments = segments, []
        for (key, first, end), cut, q in zip(searched, best, qs, strict=True):
            if q <= FALSE_DISCOVERY_RATE and abs(cut.change) > math.log1p(margin):
                at = [first + place for place in cut.places]
                places.setdefault(key, {}).update(dict.fromkeys(at, q))
                parts = pairwise([first, *at, end])
                segments += [(key, *part) for part in parts if part[1] - part[0] >= 2 * LEAST]
    found = [
        one
        for key, at in places.items()
        for one in _between_levels(key, known[key], at, scatter[key.hardware])
    ]
    return sorted(found, key=lambda one: (one.at.time, one.at.run), reverse=True)


class _Cut(NamedTuple):
    """Where points are cut, how much the later side (the part) is above, in logs, and p."""

    places: tuple[int, ...]
    change: float
    p: float


def _best_cut(points: Sequence[SeriesPoint], scatter: float) -> _Cut:
    """Return the cut whose sides differ most, p taken times twice the cuts of its kind."""
    number = len(points)
    sums = np.concatenate([[0.0], np.cumsum([one.value for one in points])])
    first, end = (each.ravel() for each in np.indices((number + 1, number + 1)))
    inside, before, after = end - first, first, number - end
    whole = (before == 0) | (before >= LEAST), (after == 0) | (after >= LEAST)
    least = np.where(after == 0, LEAST, EPISODE)
    fit = (before > 0) & (inside >= least) & whole[0] & whole[1]
    first, end, inside, after = (each[fit] for each in (first, end, inside, after))
    part = sums[end] - sums[first]
    change = part / inside - (sums[-1] - part) / (number - inside)
    weight = inside * (number - inside) / number
    freedom = PRIOR + number - 2
    total = float(np.var([one.value for one in points])) * number
    own = np.maximum(0.0, total - weight * change**2)
    t = change / np.sqrt(_variance(points, own, scatter) / weight)
    cuts = []
    for kind in (after == 0, after > 0):
        if kind.any():
            at = int(np.argmax(np.where(kind, np.abs(t), -1)))
            p = min(1.0, 2 * int(kind.sum()) * t_tail(float(t[at]), freedom))
            ends = (int(first[at]),) if after[at] == 0 else (int(first[at]), int(end[at]))
            cuts.append(_Cut(ends, float(change[at]), p))
    return min(cuts, key=lambda one: one.p)


def _variance(points: Sequence[SeriesPoint], own: Floats, scatter: float) -> Floats:
    """Return the variance of a point, from the squares that are left around the levels.

    It is the series' own moderated by that of all series: an outlier makes it large, and few
    points that agree by chance do not make it small.
    """
    sampling = fmean(one.variance or 0 for one in points)
    moderated = (PRIOR * (scatter**2 + sampling) + own) / (PRIOR + len(points) - 2)
    return np.maximum(moderated, BETWEEN_RUNS**2 + sampling)


def _common_scatter(known: Mapping[HistorySeries, Sequence[SeriesPoint]]) -> dict[str, float]:
    """Return the sd of log-ratios between runs, by hardware: the median over its series.

    A series' own is that of its steps from run to run beyond the sampling, which a few changes of
    level do not make larger.
    """
    found: dict[str, list[float]] = {}
    for key, points in known.items():
        steps = [abs(b.value - a.value) for a, b in pairwise(points)]
        variance = (MAD_TO_SD * median(steps)) ** 2 / 2
        beyond = variance - fmean(one.variance or 0 for one in points)
        found.setdefault(key.hardware, []).append(math.sqrt(max(0.0, beyond)))
    return {name: max(BETWEEN_RUNS, median(each)) for name, each in found.items()}


def _between_levels(
    key: HistorySeries, points: Sequence[SeriesPoint], places: Mapping[int, float], scatter: float
) -> Iterator[ChangePoint]:
    """Yield the changes of a series, each between the levels on its two sides."""
    ends = [0, *sorted(places), len(points)]
    for first, place, end in zip(ends, ends[1:], ends[2:], strict=False):
        old, new = (
            [one.value for one in side] for side in (points[first:place], points[place:end])
        )
        change = fmean(new) - fmean(old)
        own = np.array(len(old) * pvariance(old) + len(new) * pvariance(new))
        variance = float(_variance(points[first:end], own, scatter))
        sd = math.sqrt(variance * (1 / len(old) + 1 / len(new)))
        reach = t_quantile(0.975, PRIOR + end - first - 2) * sd
        before, at = points[place - 1].run, points[place].run
        yield ChangePoint(
            series=key,
            before=before,
            at=at,
            ratio=math.exp(change),
            low=math.exp(change - reach),
            high=math.exp(change + reach),
            q=places[place],
            level_before=math.exp(fmean(old)),
            level_after=math.exp(fmean(new)),
            runs_before=len(old),
            runs_after=len(new),
            differs=differences(key, before, at),
        )


def differences(key: HistorySeries, before: KeptRun, at: KeptRun) -> list[str]:
    """Return what else changed from one run to the next, as `Python 3.13: 3.13.1 → 3.13.2`."""
    found = []
    for name, old, new in (
        ("ipcmatrix", before.version, at.version),
        ("harness", before.harness, at.harness),
        ("profile", before.profile, at.profile),
    ):
        if old != new:
            found.append(f"{name} {old or 'none'} → {new or 'none'}")
    pythons = [key.option, key.baseline] if key.axis == "python" else [key.python]
    for python in pythons:
        old_build, new_build = before.interpreters.get(python), at.interpreters.get(python)
        if old_build and new_build and old_build != new_build:
            moved = (old_build.version, new_build.version)
            what = "another build" if moved[0] == moved[1] else f"{moved[0]} → {moved[1]}"
            found.append(f"Python {python}: {what}")
    sides = [
        {name: one for name, one in run.machines.items() if one.hardware == key.hardware}
        for run in (before, at)
    ]
    kernels = [" and ".join(sorted({one.kernel for one in side.values()})) for side in sides]
    if kernels[0] != kernels[1]:
        found.append(f"kernel {kernels[0]} → {kernels[1]}")
    if sides[0].keys() != sides[1].keys():
        found.append("another machine of this kind")
    elif kernels[0] == kernels[1] and sides[0] != sides[1]:
        found.append("other facts of the machine")
    return found


def since(found: Sequence[ChangePoint], known: Sequence[ChangePoint]) -> list[ChangePoint]:
    """Return the changes that were not known before: another place by one run is the same one."""
    near = {(one.series, run.run) for one in known for run in (one.before, one.at)}
    return [
        one for one in found if not near & {(one.series, one.at.run), (one.series, one.before.run)}
    ]
