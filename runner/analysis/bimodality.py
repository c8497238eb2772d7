"""Cells whose rates have two levels: what the levels are, and in which mode each ran."""

import numpy as np
import pandas as pd

from runner.analysis import ragged
from runner.analysis.panels import cores
from runner.analysis.ragged import Groups
from runner.analysis.trials import Flags, Floats
from runner.intervals import LEAST_MODE_SHARE, two_modes

COLUMNS = (
    "slow_rate",
    "slow_share",
    "slow_cores",
    "slow_switches",
    "fast_rate",
    "fast_cores",
    "fast_switches",
)


def levels(trials: pd.DataFrame, ok: Flags, groups: Groups) -> pd.DataFrame:
    """Return COLUMNS for every group, NaN where its ln rates have one mode.

    Medians of rate (messages/s), CPU over wall and voluntary switches a message in either mode:
    0.02-0.08 switches go with streaming on two cores, 0.15 with one.
    """
    result = np.full((groups.count, len(COLUMNS)), np.nan)
    messages = trials["messages"].to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(ok, np.log(messages / trials["seconds"].to_numpy()), np.nan)
        switches = trials["voluntary_switches"].to_numpy(dtype=np.float64) / messages
    ran_on = cores(trials)
    for group, between in _splits(logs, groups).items():
        rows = groups.members(group)
        rows = rows[ok[rows]]
        slow, fast = rows[logs[rows] < between], rows[logs[rows] >= between]
        figures = [(np.exp(logs[one]), ran_on[one], switches[one]) for one in (slow, fast)]
        below, above = ([_median(values) for values in side] for side in figures)
        result[group] = [below[0], len(slow) / len(rows), *below[1:], *above]
    return pd.DataFrame(result, columns=list(COLUMNS))


def _splits(logs: Floats, groups: Groups) -> dict[int, float]:
    """Return for each group with two modes the value between them.

    Only groups with a wide gap are asked: two modes a gap apart have an overall spread of at most
    some 1.4 gaps.
    """
    found = {}
    for members, rows in groups.sorted_rows(logs):
        n = ragged.counts(rows)
        spread = ragged.spread(rows, ragged.middle(rows, n), n)
        gaps = ragged.widest_gap(rows, n, LEAST_MODE_SHARE)
        for i in np.flatnonzero((gaps > 0) & (gaps >= 0.5 * spread)):
            modes = two_modes(rows[i, : n[i]].tolist())
            if modes is not None:
                found[int(members[i])] = modes.between
    return found


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")
