"""Every comparison with its ratio, interval, correction, verdict and flags."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import median
from typing import NamedTuple

import numpy as np

from runner.analysis.blocks import (
    CLOCKS,
    MeasuredBlock,
    Unit,
    complete_rounds,
    modes,
    units_of,
)
from runner.analysis.trials import TrialTable, baselines_of, gate_load, margin_of, precision
from runner.results import Comparison
from runner.statistics import (
    FALSE_DISCOVERY_RATE,
    Interval,
    around,
    benjamini_hochberg,
    equal_within,
    median_interval,
    normal_quantile,
    pool,
    rounds_for_verdict,
    selected_level,
    signed_rank_p,
    verdict,
)
from runner.statistics.estimating import Estimate, Rounds, averages
from runner.statistics.series import DIAGNOSTICS, RoundConditions, Summary, summaries

MODES_APART = 0.10
"""Share of rounds in which the arms ran in different modes, above which a ratio is flagged.

Below it the ratio is marked as partly mixed: the median of its rounds hardly moves.
"""


class PairSeries(NamedTuple):
    """A pair of arms (their places in the block) by one clock in one session.

    In `known` rounds both modes are known, in `apart` of them they differ.
    """

    unit: Unit
    a: int
    b: int
    clock: str
    summary: Summary
    known: int
    apart: int

    @property
    def control(self) -> bool:
        """Whether a is the baseline's control."""
        return self.unit.block.has_control and self.a == 1


def series_of(unit: Unit, precision: float) -> list[PairSeries]:
    """Return the pairs of a unit: every arm with the baseline, by end-to-end time all others too.

    Only those by end-to-end time have diagnostics. Ratios are made here and nowhere else.
    """
    block = unit.block
    first_other = 2 if block.has_control else 1
    arms = range(len(block.arms))
    to_baseline = [(arm, 0) for arm in arms[1:]]
    others = [(a, b) for b in arms[first_other:] for a in arms[first_other:b]]
    logs = unit.logs["end_to_end"]
    averaged = [
        block.has_control
        and arm > 1
        and averages(Rounds(logs[arm], logs[0], logs[1], unit.contaminated), block.bound(arm, 0))
        for arm in arms
    ]
    took_part = ~np.isnan(unit.place)
    ran = modes(unit.cores)
    found = []
    for clock in CLOCKS:
        pairs = to_baseline + others if clock == "end_to_end" else to_baseline
        if not pairs:
            continue
        a, b = (np.array(side) for side in zip(*pairs, strict=True))
        logs = unit.logs[clock]
        values = logs[a] - logs[b]
        for row, pair in enumerate(pairs):
            if pair[1] == 0 and averaged[pair[0]]:
                values[row] = logs[pair[0]] - (logs[0] + logs[1]) / 2
        bound = np.array([block.bound(*pair) for pair in pairs])
        conditions = None
        if clock == "end_to_end":
            first = unit.place[a] < unit.place[b]
            both = took_part[a] & took_part[b]
            conditions = RoundConditions(first, both, unit.load, precision)
        differ = ran[a] - ran[b]
        known = (~np.isnan(differ)).sum(axis=1).tolist()
        apart = (np.abs(np.nan_to_num(differ)) > 0).sum(axis=1).tolist()
        summed = summaries(values, bound, unit.contaminated, conditions)
        for pair, one, *rounds in zip(pairs, summed, known, apart, strict=True):
            found.append(PairSeries(unit, *pair, clock, one, *rounds))
    return found


@dataclass(frozen=True, slots=True)
class _Pooled:
    """A pair of arms by one clock, its sessions pooled; intervals are of the log-ratio."""

    series: Sequence[PairSeries]
    n: int
    p: float
    wide: Interval
    se: float
    narrow: Interval
    trimmed: tuple[Interval, Interval]
    disturbed: Interval
    tau: float | None
    i2: float | None
    forecast: Interval | None
    flags: frozenset[str]

    @property
    def block(self) -> MeasuredBlock:
        return self.series[0].unit.block

    @property
    def clock(self) -> str:
        return self.series[0].clock

    @property
    def control(self) -> bool:
        return self.series[0].control


def comparisons(units: Iterable[Sequence[PairSeries]], margin: float) -> list[Comparison]:
    """Return the comparisons in the order of blocks, clocks and arms.

    `units` are the series of each unit; sessions of a block are pooled. Benjamini-Hochberg runs
    over all comparisons by one clock but the controls; those by end-to-end time are what a report
    prints as verdicts. A control is judged by its uncorrected p.
    """
    gathered: dict[tuple[int, str, int, int], list[PairSeries]] = {}
    for one in (one for unit in units for one in unit):
        key = (id(one.unit.block), one.clock, one.b, one.a)
        gathered.setdefault(key, []).append(one)
    pooled = [_pool(group) for group in gathered.values()]
    qs = [one.p for one in pooled]
    for clock in CLOCKS:
        own = [i for i, one in enumerate(pooled) if one.clock == clock and not one.control]
        for i, q in zip(own, benjamini_hochberg([qs[i] for i in own]), strict=True):
            qs[i] = q
    # Blocks whose control differs from the baseline are suspect, by more than the margin invalid.
    controls = [one for one in pooled if one.control and one.clock == "end_to_end"]
    apart = [one for one in controls if one.wide.excludes(0)]
    suspect = {id(one.block) for one in apart}
    invalid = {id(one.block) for one in apart if abs(math.expm1(one.wide.estimate)) > margin}
    made = [
        _comparison(one, q, margin, id(one.block) in suspect, id(one.block) in invalid)
        for one, q in zip(pooled, qs, strict=True)
    ]
    return _selected(pooled, made)


def _pool(series: Sequence[PairSeries]) -> _Pooled:
    found = [one.summary for one in series]
    flags = {name for one in found for name in one.diagnostics}
    together = pool([one.found.wide for one in found])
    narrow = _narrow([one.found for one in found])
    trimmed = (together.interval, narrow)
    if "outliers" in flags:
        parts = [one.trimmed for one in found]
        trimmed = (pool([one.wide for one in parts]).interval, _narrow(parts))
    return _Pooled(
        series=series,
        n=sum([one.n for one in found]),
        p=signed_rank_p([one.found.ranks for one in found]),
        wide=together.interval,
        se=together.se,
        narrow=narrow,
        trimmed=trimmed,
        disturbed=pool([one.disturbed.wide for one in found]).interval,
        tau=together.tau,
        i2=together.i2,
        forecast=together.forecast,
        flags=frozenset(flags),
    )


def _narrow(sessions: Sequence[Estimate]) -> Interval:
    """Return the pooled 90 % interval; of one session that has bounds at 95 %, its own."""
    bounded = [one for one in sessions if math.isfinite(one.wide.half_width)]
    if len(bounded) == 1:
        return bounded[0].narrow
    return pool([one.wide for one in sessions], 0.90).interval


def _comparison(one: _Pooled, q: float, margin: float, suspect: bool, invalid: bool) -> Comparison:
    first, block = one.series[0], one.block
    found = [each.summary for each in one.series]
    ratio = one.wide.exp()
    word = verdict(one.wide, one.narrow, q, margin)
    known = sum([each.known for each in one.series])
    apart = sum([each.apart for each in one.series])
    mixed = "mixed" if apart > MODES_APART * max(known, 1) else "partly mixed"
    modes = mixed if apart else "same"
    flags = [name for name in DIAGNOSTICS if name in one.flags]
    if "outliers" in one.flags:
        wide, narrow = one.trimmed
        flags += ["fragile"] * (verdict(wide, narrow, q, margin) != word)
    flags += ["suspect"] * suspect + ["mixed modes"] * (modes == "mixed")
    word = "invalid" if invalid else word
    needed = None
    if word == "open" and one.tau is None:
        needed = rounds_for_verdict(one.n, one.wide, margin)
    forecast = one.forecast.exp() if one.forecast else None
    disturbed = one.disturbed.exp() if math.isfinite(one.disturbed.half_width) else None
    spread = sum([each.n * each.spread**2 for each in found if each.n])
    memory = _memory(one) if one.clock == "end_to_end" else None
    levels = [each.levels for each in found if each.levels and "load-dependent" in one.flags]
    return Comparison(
        machine=block.machine,
        compared_axis=block.compared_axis,
        block=block.id,
        **block.shared,
        a=block.arms[first.a],
        b=block.arms[first.b],
        to_baseline=first.b == 0,
        control=one.control,
        clock=one.clock,
        ratio=ratio.estimate if one.n else None,
        low=ratio.low,
        high=ratio.high,
        rounds=one.n,
        spread=math.sqrt(spread / one.n) if one.n else None,
        win=sum([each.wins for each in found]) / one.n if one.n else None,
        p=one.p,
        q=q,
        verdict=word,
        equal_within=equal_within(one.narrow),
        rounds_needed=needed,
        sessions=sum([each.n > 0 for each in found]),
        i2=one.i2,
        tau=one.tau,
        next_low=forecast.low if forecast else None,
        next_high=forecast.high if forecast else None,
        disturbed_rounds=sum([each.disturbed.ranks.n for each in found]),
        disturbed_ratio=disturbed.estimate if disturbed else None,
        disturbed_low=disturbed.low if disturbed else None,
        disturbed_high=disturbed.high if disturbed else None,
        memory=memory.estimate if memory else None,
        memory_low=memory.low if memory and memory.low else None,
        memory_high=memory.high if memory and memory.low else None,
        load_calm=_level(one.calm for one in levels),
        load_between=_level(one.between for one in levels),
        load_busy=_level(one.busy for one in levels),
        modes=modes,
        flags=tuple(flags),
    )


def _memory(one: _Pooled) -> Interval | None:
    """Return the ratio of the peak memory of all processes; None where it is not known.

    The median over all rounds, and the widest bounds of the sessions: it hardly varies.
    """
    sessions = [each.unit.memory[each.a] - each.unit.memory[each.b] for each in one.series]
    known = [values[~np.isnan(values)].tolist() for values in sessions]
    found = [median_interval(values) for values in known if values]
    if not found:
        return None
    low, high = min(each.low for each in found), max(each.high for each in found)
    return Interval(median(chain(*known)), low, high).exp()


def _level(levels: Iterable[float]) -> float | None:
    """Return the median over the sessions that have the value, as a ratio."""
    known = [one for one in levels if not math.isnan(one)]
    return math.exp(median(known)) if known else None


def _selected(pooled: Sequence[_Pooled], made: Sequence[Comparison]) -> list[Comparison]:
    """Add intervals that cover the truth in 95 % of what is claimed by end-to-end time (FCR).

    Of one session by the normal approximation, from the width of its interval; of several by
    pooling at the level that this takes. What is not claimed has none.
    """
    judged = [i for i, one in enumerate(made) if one.of_report]
    claimed = [
        i
        for i in judged
        if made[i].verdict not in ("open", "invalid") and made[i].q <= FALSE_DISCOVERY_RATE
    ]
    level = selected_level(len(claimed), len(judged))
    result = list(made)
    for i in claimed:
        one = pooled[i]
        if one.tau is None:
            wider = around(one.wide.estimate, normal_quantile((1 + level) / 2) * one.se)
        else:
            wider = pool([each.summary.found.wide for each in one.series], level).interval
        ratio = wider.exp()
        result[i] = replace(made[i], fcr_low=ratio.low, fcr_high=ratio.high)
    return result


def comparisons_of(dataset: TrialTable, margin: float | None = None) -> list[Comparison]:
    """Return the comparisons only."""
    margin = margin_of(dataset.runs) if margin is None else margin
    complete = complete_rounds(dataset.trials)
    blocks = units_of(complete, baselines_of(dataset.runs), gate_load(dataset.runs))
    wanted = precision(dataset.runs)
    return comparisons((series_of(unit, wanted) for block in blocks for unit in block), margin)
