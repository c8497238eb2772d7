"""`compare OLD NEW`: cells and groups of cells with their changes and verdicts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from runner.analysis.comparison.changes import (
    FORBIDDING,
    Scatter,
    bounded,
    held_back,
    judged,
    marks,
    same_circumstances,
    scatter,
)
from runner.analysis.comparison.likeness import Likeness, likeness
from runner.analysis.comparison.missing import nothing_left, one_sided
from runner.analysis.comparison.sides import CELL, both_sides
from runner.errors import BadInputError
from runner.findings import Findings
from runner.intervals import Interval, pool
from runner.model import AXES

COLUMNS = (
    "machine",
    "family",  # the axis on which the reference differs from the cell
    *AXES,
    "reference",
    "ratio",  # new over old: 1.10 = 10 % faster than before, against the reference
    "low",  # 95 % interval
    "high",
    "p",
    "q",  # Benjamini-Hochberg over the frame
    "verdict",  # faster …: of the new run; inconclusive; invalid: see marks
    "ratio_old",  # the cell over the reference
    "ratio_new",
    "rate_old",  # messages/s; they depend on the machine's load and are not compared
    "rate_new",
    "rounds_old",
    "rounds_new",
    "sittings_old",
    "sittings_new",
    "marks",  # what must be said beside it, separated by ;
)

GROUP_COLUMNS = ("by", "value", "cells", "ratio", "low", "high", "p", "q", "verdict", "marks")

UNGROUPED_COLUMNS = ("by", "value", "cells", "of", "reasons")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed: `cells` with COLUMNS, `groups` with GROUP_COLUMNS, `left_out` with reasons.

    `ungrouped` has UNGROUPED_COLUMNS: how many `of` the compared cells of a value its group does
    not hold, and why.
    A row of `left_out` is `lost` where the old side could tell what the new one cannot.
    `tau` is the scatter between sittings that was reckoned with, `alike` what differs in the facts.
    """

    cells: pd.DataFrame
    groups: pd.DataFrame
    left_out: pd.DataFrame
    alike: Likeness | None
    tau: float
    margin: float
    ungrouped: pd.DataFrame = field(default_factory=lambda: _ungrouped(()))


def compare(
    old: Findings, new: Findings, by: Sequence[str] = (), margin: float | None = None
) -> Comparison:
    """Return what changed from the old findings to the new ones.

    Each axis of `by` gets groups: the cells of each of its values pooled by random effects, for a
    change that a whole transport or Python shares is found sooner than one cell's. δ is the old
    findings' unless given. BadInputError where nothing is comparable: other machines, or no ratio
    to the same reference in both.
    """
    alike = likeness(old.runs, new.runs)
    margin = old.margin if margin is None else margin
    table = both_sides(old.head_to_heads, new.head_to_heads)
    left_out = one_sided((old.cells, old.head_to_heads), (new.cells, new.head_to_heads), table)
    if table.empty:
        raise BadInputError(nothing_left(left_out))
    table = _with_cells(table, old.cells, new.cells)
    table["change"] = table["log_new"] - table["log_old"]
    noise = scatter(table)
    table = judged(table, noise.variance(table), margin)
    table["verdict"] = held_back(table, alike)
    table["marks"] = marks(table, alike)
    groups = [_groups(table, axis, noise, margin) for axis in by]
    return Comparison(
        cells=table[list(COLUMNS)],
        groups=pd.concat(groups, ignore_index=True) if groups else _no_groups(),
        left_out=left_out,
        alike=alike,
        tau=noise.tau,
        margin=margin,
        ungrouped=_ungrouped(row for axis in by for row in _outside(table, axis)),
    )


def _no_groups() -> pd.DataFrame:
    return pd.DataFrame(columns=list(GROUP_COLUMNS))


def _with_cells(table: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Add the cells' rates and modes of either run."""
    for end, cells in (("old", old), ("new", new)):
        known = cells[[*CELL, "rate", "mode"]].rename(
            columns={"rate": f"rate_{end}", "mode": f"mode_{end}"}
        )
        table = table.merge(known, on=CELL, how="left", validate="many_to_one")
    return table


def _groups(table: pd.DataFrame, axis: str, noise: Scatter, margin: float) -> pd.DataFrame:
    """Return a row for each value of an axis, BH over its values.

    What the sittings share is not made smaller by many cells: it is added after pooling.
    """
    sound = table[_sound(table)]
    rows, variances = [], []
    for value, group in sound.groupby(axis, sort=False):
        own = (group["variance_old"] + group["variance_new"]).to_numpy()
        change, variance = _pooled(group["change"].to_numpy(), own)
        shared = float(noise.shared(group).max())
        told = sorted({mark for text in group["marks"] for mark in text.split(";") if mark})
        rows.append((axis, str(value), len(group), change, ";".join(told)))
        variances.append(variance + shared)
    frame = pd.DataFrame(rows, columns=["by", "value", "cells", "change", "marks"])
    if frame.empty:
        return _no_groups()
    return judged(frame, np.array(variances), margin)[list(GROUP_COLUMNS)]


def _sound(table: pd.DataFrame) -> "pd.Series[bool]":
    return (table["verdict"] != "invalid") & bounded(table) & same_circumstances(table)


def _outside(table: pd.DataFrame, axis: str) -> Iterator[tuple[str, str, int, int, str]]:
    """Yield a row for each value of an axis of which a cell is in no group."""
    outside = ~_sound(table)
    for value, group in table.groupby(axis, sort=False):
        left = group[outside[group.index]]
        if len(left):
            found = {mark for text in left["marks"] for mark in text.split(";")}
            reasons = ["invalid"] if (left["verdict"] == "invalid").any() else []
            reasons += [mark for mark in FORBIDDING if mark in found]
            yield axis, str(value), len(left), len(group), ", ".join(reasons)


def _ungrouped(rows: Iterable[tuple[str, str, int, int, str]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(UNGROUPED_COLUMNS))


def _pooled(changes: np.ndarray, variances: np.ndarray) -> tuple[float, float]:
    """Return the random-effects mean of a group's changes and its variance.

    It is not less than the changes' own variances make it: agreement by luck is no precision.
    """
    reach = 1.96 * np.sqrt(variances)
    spans = zip(changes, changes - reach, changes + reach, strict=True)
    pooled = pool([Interval(*map(float, span)) for span in spans])
    return pooled.interval.estimate, pooled.se**2
