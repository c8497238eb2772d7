"""`compare OLD NEW`: cells and groups of cells with their changes and verdicts."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from runner.analysis.changes.judging import (
    FORBIDDING,
    Scatter,
    bounded,
    held_back,
    judged,
    marks,
    same_circumstances,
    scatter,
)
from runner.analysis.changes.likeness import likeness
from runner.analysis.changes.missing import nothing_left, one_sided
from runner.analysis.changes.sides import CELL, both_sides
from runner.analysis.frames import frame, rows
from runner.errors import BadInputError
from runner.model import Catalogue
from runner.results import (
    CellSummary,
    Change,
    Changes,
    Comparison,
    Findings,
    GroupChange,
    Ungrouped,
)
from runner.statistics import Interval, pool


def compare(
    old: Findings,
    new: Findings,
    by: Sequence[str] = (),
    margin: float | None = None,
    names: tuple[str, str] = ("old", "new"),
) -> Changes:
    """Return what changed from the old findings to the new ones.

    Each axis of `by` gets groups: the cells of each of its values pooled by random effects, for a
    change that a whole transport or Python shares is found sooner than one cell's. δ is the old
    findings' unless given. BadInputError where nothing is comparable: other machines, or no ratio
    to the same baseline in both.
    """
    alike = likeness(old.runs, new.runs)
    margin = old.margin if margin is None else margin
    before, after = _frames(old), _frames(new)
    table = both_sides(before[1], after[1])
    left_out = one_sided(before, after, table)
    if table.empty:
        raise BadInputError(nothing_left(left_out))
    table = _with_cells(table, before[0], after[0])
    table["change"] = table["log_new"] - table["log_old"]
    noise = scatter(table)
    table = judged(table, noise.variance(table), margin)
    table["verdict"] = held_back(table, alike)
    table["marks"] = marks(table, alike)
    return Changes(
        old=names[0],
        new=names[1],
        cells=rows(table, Change),
        groups=[one for axis in by for one in _groups(table, axis, noise, margin)],
        left_out=left_out,
        margin=margin,
        catalogue=Catalogue.of_runs([*old.runs, *new.runs]),
        tau=noise.tau,
        ungrouped=[one for axis in by for one in _outside(table, axis)],
        notes=alike.notes(),
    )


def _frames(side: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
    return frame(side.cells, CellSummary), frame(side.comparisons, Comparison)


def _with_cells(table: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Add the cells' rates and modes of either run."""
    for end, cells in (("old", old), ("new", new)):
        known = cells[[*CELL, "rate", "mode"]].rename(
            columns={"rate": f"rate_{end}", "mode": f"mode_{end}"}
        )
        table = table.merge(known, on=CELL, how="left", validate="many_to_one")
    return table


def _groups(table: pd.DataFrame, axis: str, noise: Scatter, margin: float) -> list[GroupChange]:
    """Return a row for each value of an axis, BH over its values.

    What the sessions share is not made smaller by many cells: it is added after pooling.
    """
    sound = table[_sound(table)]
    found, variances = [], []
    for value, group in sound.groupby(axis, sort=False):
        own = (group["variance_old"] + group["variance_new"]).to_numpy()
        change, variance = _pooled(group["change"].to_numpy(), own)
        shared = float(noise.shared(group).max())
        said = sorted({mark for own in group["marks"] for mark in own})
        found.append((axis, str(value), len(group), change, tuple(said)))
        variances.append(variance + shared)
    if not found:
        return []
    groups = pd.DataFrame(found, columns=["by", "value", "cells", "change", "marks"])
    return rows(judged(groups, np.array(variances), margin), GroupChange)


def _sound(table: pd.DataFrame) -> "pd.Series[bool]":
    return (table["verdict"] != "invalid") & bounded(table) & same_circumstances(table)


def _outside(table: pd.DataFrame, axis: str) -> Iterator[Ungrouped]:
    """Yield a row for each value of an axis of which a cell is in no group."""
    outside = ~_sound(table)
    for value, group in table.groupby(axis, sort=False):
        left = group[outside[group.index]]
        if len(left):
            found = {mark for own in left["marks"] for mark in own}
            reasons = ["invalid"] if (left["verdict"] == "invalid").any() else []
            reasons += [mark for mark in FORBIDDING if mark in found]
            yield Ungrouped(
                by=axis,
                value=str(value),
                cells=len(left),
                of=len(group),
                reasons=", ".join(reasons),
            )


def _pooled(changes: np.ndarray, variances: np.ndarray) -> tuple[float, float]:
    """Return the random-effects mean of a group's changes and its variance.

    It is not less than the changes' own variances make it: agreement by luck is no precision.
    """
    reach = 1.96 * np.sqrt(variances)
    spans = zip(changes, changes - reach, changes + reach, strict=True)
    pooled = pool([Interval(*map(float, span)) for span in spans])
    return pooled.interval.estimate, pooled.se**2
