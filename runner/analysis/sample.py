"""Single trials for the reader of a report: of each cell a sample, and of a huge run none."""

import numpy as np
import pandas as pd

from runner.analysis.blocks import cores
from runner.analysis.trials import cell_key, known
from runner.model import AXES
from runner.results import SampledTrial
from runner.runfolder.codes import Wholes, codes_of, combine, dense, grouped
from runner.runfolder.columns import column_of

A_CELL, ALL = 60, 20_000
"""Trials of a sample at most: of one cell, and of all together."""
LEAST = 5
"""Fewer trials a cell than these show nothing, and none are kept."""

_CLOCKS = {"rate": "seconds", "send_rate": "send_seconds", "join_rate": "join_seconds"}
_PLAIN = ("machine", "compared_axis", "session", "round", "status")
_COLUMNS = {**{name: name for name in _PLAIN}, **{axis: column_of(axis) for axis in AXES}}


def sample_of(trials: pd.DataFrame) -> list[SampledTrial]:
    """Return measured trials, ok or not, by cell, session and round.

    A cell with more than A_CELL trials, or its share of ALL, gives as many, spread evenly over
    its trials. Where that share is below LEAST, there are none.
    """
    chosen = trials.iloc[_chosen(trials)]
    columns = {to: chosen[name].astype(object).tolist() for to, name in _COLUMNS.items()}
    columns["control"] = (chosen["control"] == 1).tolist()
    messages = chosen["messages"].to_numpy(dtype=np.float64)
    ok = (chosen["status"] == "ok").to_numpy()
    for name, clock in _CLOCKS.items():
        seconds = chosen[clock].to_numpy(dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            columns[name] = known(np.where(ok & (seconds > 0), messages / seconds, np.nan))
    columns["cores"] = known(np.where(ok, cores(chosen), np.nan))
    columns["foreign_cpu"] = known(chosen["foreign_cpu"].to_numpy(dtype=np.float64))
    lines = zip(*columns.values(), strict=True)
    return [SampledTrial(**dict(zip(columns, line, strict=True))) for line in lines]


def _chosen(trials: pd.DataFrame) -> Wholes:
    """Return the places of the sample's rows."""
    measured = np.flatnonzero((trials["phase"] == "measure").to_numpy())
    if not len(measured):
        return measured
    cell, _ = dense(combine([codes_of(trials, "machine"), cell_key(trials)])[measured])
    counts = np.bincount(cell)
    share = A_CELL
    while share and int(np.minimum(counts, share).sum()) > ALL:
        share -= 1
    if share < LEAST:
        return measured[:0]
    # By round, then by cell: each has few numbers, by which grouped sorts much faster.
    rounds, _ = dense(combine([codes_of(trials, name)[measured] for name in ("session", "round")]))
    by_round, _ = grouped(rounds)
    order = by_round[grouped(cell[by_round])[0]]
    size = counts[cell[order]]
    rank = np.arange(len(order)) - (np.cumsum(counts) - counts)[cell[order]]
    kept = np.minimum(share, size)
    return np.asarray(measured[order[(rank + 1) * kept // size > rank * kept // size]])
