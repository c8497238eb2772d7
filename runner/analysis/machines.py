"""Over machines: ratios of machines of one kind, pooled. What is pooled are ratios, never rates."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runner.model import AXES
from runner.model.environment_hash import kind_of
from runner.results import AcrossMachines, Comparison
from runner.statistics import Interval, benjamini_hochberg, normal_tail, pool, t_tail, verdict

UNKNOWN = "unknown"
"""What is said of the start of a kernel that has no id."""


def kinds_of(runs: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """Return the kind of each machine; of one that changed, that of its last run."""
    return {str(run.get("machine", "")): kind_of(run) for run in runs}


def shared_kernels(runs: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the machines that were on one start of a kernel: each is a load on the other."""
    there: dict[str, set[str]] = {}
    for run in runs:
        for one in run.get("sessions", ()):
            if boot := one.get("before", {}).get("boot"):
                there.setdefault(boot, set()).add(one.get("machine") or str(run["machine"]))
    found = {tuple(sorted(names)) for boot, names in there.items() if boot != UNKNOWN}
    return sorted(names for names in found if len(names) > 1)


def across(
    comparisons: Iterable[Comparison], runs: Sequence[Mapping[str, object]], margin: float
) -> list[AcrossMachines]:
    """Return each comparison that several machines of one kind made, pooled over them.

    Every machine's interval, which is pooled over its sessions, counts as one session does there:
    the machines are a sample of their kind, and `next_low`, `next_high` are where the next one's
    ratio is expected. q is corrected over all of them (Benjamini-Hochberg).
    """
    kinds = kinds_of(runs)
    gathered: dict[tuple[object, ...], list[Comparison]] = {}
    for one in comparisons:
        if not one.of_report or not kinds.get(one.machine) or one.ratio is None:
            continue
        place = (kinds[one.machine], one.compared_axis, *(getattr(one, axis) for axis in AXES))
        turned = (*place, one.b, one.a)
        if turned in gathered:  # there another baseline was used
            gathered[turned].append(one.flipped())
        else:
            gathered.setdefault((*place, one.a, one.b), []).append(one)
    several = [
        (str(key[0]), group)
        for key, group in gathered.items()
        if len({one.machine for one in group}) > 1
    ]
    pooled = [pool([_log(each) for each in group]) for _, group in several]
    ps = [
        _p(over.interval.estimate, over.se, len(group))
        for over, (_, group) in zip(pooled, several, strict=True)
    ]
    made = []
    for (kind, group), over, q in zip(several, pooled, benjamini_hochberg(ps), strict=True):
        narrow = pool([_log(each) for each in group], 0.90).interval
        ratio = over.interval.exp()
        word = verdict(over.interval, narrow, q, margin)
        if any(each.verdict == "invalid" for each in group):
            word = "invalid"
        forecast = over.forecast.exp() if over.forecast else None
        first = group[0]
        made.append(
            AcrossMachines(
                kind=kind,
                machines=tuple(sorted({each.machine for each in group})),
                compared_axis=first.compared_axis,
                **{axis: getattr(first, axis) for axis in AXES},
                a=first.a,
                b=first.b,
                ratio=ratio.estimate,
                low=ratio.low,
                high=ratio.high,
                q=q,
                verdict=word,
                agree=sum(each.verdict == word for each in group),
                tau=over.tau,
                next_low=forecast.low if forecast else None,
                next_high=forecast.high if forecast else None,
            )
        )
    return made


def _log(one: Comparison) -> Interval:
    ends = (math.log(one.low) if one.low > 0 else -math.inf, math.log(one.high))
    return Interval(math.log(one.ratio or math.nan), *ends)


def _p(estimate: float, se: float, machines: int) -> float:
    """Return the two-sided p of a pooled ratio, by the quantile that its interval has."""
    if not math.isfinite(se) or math.isnan(estimate):
        return 1.0
    if not se:
        return 0.0
    return max(t_tail(estimate / se, machines - 1), normal_tail(estimate / se))
