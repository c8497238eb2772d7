"""`compare --axis python 3.8 3.13`: two values of an axis inside one run."""

from collections.abc import Sequence
from math import nan

import pandas as pd

from runner.analysis.changes.judging import modes_marks
from runner.analysis.changes.missing import MEANT, reasons
from runner.analysis.changes.sides import CELL
from runner.analysis.frames import frame, rows
from runner.errors import BadInputError
from runner.model import AXES
from runner.results import CellSummary, Change, Changes, Comparison, Findings, LeftOut

AS_IT_SHOULD_BE = (*MEANT, "unsupported")
INDIRECT = "not in the same rounds: only blocks that compare {axis} decide"


def compare_axis(findings: Findings, axis: str, old: str, new: str) -> Changes:
    """Return how the cells with the value `new` on an axis compare to those with `old`.

    Where a block that compares `axis` holds both, the ratio is of its rounds, with the verdict of
    the report. Elsewhere the two rates are given with their quotient, which is marked, has
    no interval, and is `open`: they were never in one round. The frame is that of
    `compare`; `baseline` is the old value, `ratio_old` and `ratio_new` are NaN. BadInputError for
    an unknown axis or value (it names those there are), and where no cell has both.
    """
    _check(findings, axis, old, new)
    cells = frame(findings.cells, CellSummary)
    pairs = _paired_cells(cells, axis, old, new)
    direct = _direct(findings.comparisons, axis, old, new)
    keys = ["machine", *(one for one in AXES if one != axis)]
    table = pairs.merge(direct, on=keys, how="left", validate="one_to_one")
    left_out = _left_out(cells, axis, (old, new), table)
    if table.empty:
        message = f"no two cells were measured that differ only in {axis}, {old} and {new}"
        raise BadInputError(f"{message}: {reasons(left_out)}" if len(left_out) else message)
    apart = table["ratio"].isna()
    table["ratio"] = table["ratio"].fillna(table["rate_new"] / table["rate_old"])
    table["verdict"] = table["verdict"].where(~apart, "open")
    indirect = (INDIRECT.format(axis=axis),)
    marks = zip(table["marks"], apart, strict=True)
    table["marks"] = [indirect if one else known for known, one in marks]
    for name in ("rounds_old", "rounds_new", "sessions_old", "sessions_new"):
        table[name] = table[name].fillna(0).astype("int64")
    table[axis] = int(new) if axis == "workers" else new
    return Changes(
        old=old,
        new=new,
        axis=axis,
        cells=rows(
            table.assign(compared_axis=axis, baseline=old, ratio_old=nan, ratio_new=nan), Change
        ),
        left_out=left_out,
        margin=findings.margin,
        catalogue=findings.catalogue,
    )


def _check(findings: Findings, axis: str, old: str, new: str) -> None:
    if axis not in AXES:
        message = f"--axis {axis}: unknown axis; known: {', '.join(AXES)}"
        raise BadInputError(message)
    there = list(dict.fromkeys(str(getattr(cell, axis)) for cell in findings.cells))
    for value in (old, new):
        if value not in there:
            message = f"--axis {axis}: the run has no {value}; it has {', '.join(there)}"
            raise BadInputError(message)
    if old == new:
        message = f"--axis {axis}: {old} would be compared to itself; name two values"
        raise BadInputError(message)


def _paired_cells(cells: pd.DataFrame, axis: str, old: str, new: str) -> pd.DataFrame:
    """Return the machine and the other axes of cells measured with both values, and both rates."""
    keys = ["machine", *(one for one in AXES if one != axis)]
    measured = cells[cells["rate"].notna()]
    sides = [
        measured.loc[measured[axis].astype(str) == value, [*keys, "rate"]].rename(
            columns={"rate": f"rate_{end}"}
        )
        for value, end in ((old, "old"), (new, "new"))
    ]
    return sides[0].merge(sides[1], on=keys, validate="one_to_one")


def _direct(found: Sequence[Comparison], axis: str, old: str, new: str) -> pd.DataFrame:
    """Return the comparisons that were measured in the same rounds, new over old."""
    own = [one for one in found if one.compared_axis == axis and one.of_report]
    turned = [one if one.a == new else one.flipped() for one in own if {one.a, one.b} == {old, new}]
    result = frame(turned, Comparison)
    result["marks"] = [tuple(modes_marks([modes])) for modes in result["modes"]]
    for end in ("old", "new"):
        result[f"rounds_{end}"] = result["rounds"]
        result[f"sessions_{end}"] = result["sessions"]
    names = ("p", "q", "ratio", "low", "high", "verdict", "marks")
    counts = (f"{name}_{end}" for name in ("rounds", "sessions") for end in ("old", "new"))
    return result[["machine", *(one for one in AXES if one != axis), *names, *counts]]


def _left_out(
    cells: pd.DataFrame, axis: str, values: tuple[str, str], table: pd.DataFrame
) -> list[LeftOut]:
    """Return the measured cells with one of the values that have no counterpart, with the reason.

    `lost` are those of the old value whose counterpart was to be measured and gave no figure.
    """
    keys = ["machine", *(one for one in AXES if one != axis)]
    own = cells[cells["rate"].notna() & cells[axis].astype(str).isin(values)]
    merged = own[CELL].merge(table[keys], on=keys, how="left", indicator="in")
    alone = own[CELL][(merged["in"] == "left_only").to_numpy()].copy()
    # The status with the new value of each cell that has the old one.
    others = cells.loc[cells[axis].astype(str) == values[1], [*keys, "status"]]
    found = alone[keys].merge(others, on=keys, how="left", validate="many_to_one")["status"]
    is_old = (alone[axis].astype(str) == values[0]).to_numpy()
    status = found.astype(object).where(is_old, "").fillna("").tolist()
    reason = f"measured with only one of {' and '.join(values)}"
    alone["reason"] = [f"{reason}; {one} with {values[1]}" if one else reason for one in status]
    alone["lost"] = [one not in AS_IT_SHOULD_BE for one in status]
    return rows(alone, LeftOut)
