"""The plan of a matrix: every cell with its status and reason, and the blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from runner.errors import BadInputError
from runner.model import (
    AXES,
    FREE,
    NEWEST,
    Capabilities,
    Matrix,
    Plan,
    Status,
    oldest_and_newest,
)
from runner.plan.blocks import blocks, compared_of
from runner.plan.product import NOT_EXCLUDED, cells, place_of, without_doubles
from runner.plan.support import Support
from runner.plan.table import CellTable, Column, PlannedCells

Answers = Mapping[str, Support | str]

COMPILING = ("pypy", "on")
"""The fact `jit` of an interpreter that compiles at run time, as its harness reports it."""

PLANNED, NOT_COMPARED = 0, 1
"""The numbers of the states that need no reason of an interpreter or an exclude."""


def plan(matrix: Matrix, pythons: Mapping[str, Capabilities | str]) -> Plan:
    """Return the plan of a resolved matrix.

    `pythons` maps every name of pythons_of(matrix) to what its harness says of itself, or to the
    reason why it is not here. Raises BadInputError for an exclude that matches nothing, for an
    include that makes a cell without python or transport, for more cells than MOST_CELLS, and for
    a plan without a cell.
    """
    if matrix.too_large:
        message = f"{matrix.source}: axes: {matrix.too_large}"
        raise BadInputError(message)
    answers: Answers = {
        name: answer if isinstance(answer, str) else Support(answer)
        for name, answer in pythons.items()
    }
    baselines, notes = _baselines(matrix, answers)
    table, excluded = cells(matrix)
    if not len(table):
        raise BadInputError(_empty(matrix))
    table, excluded, free = _with_free(table, excluded, answers)
    states, numbers = _states(matrix, answers, table, excluded)
    compare = matrix.compare
    if free:  # a free cell is compared with those that it stands in for
        axes = {
            axis: {**taken, "placement": (*taken["placement"], FREE)}
            if "placement" in taken
            else taken
            for axis, taken in compare.axes.items()
        }
        compare = replace(compare, axes=axes)
    compared_axes = compared_of(table, compare)
    in_one = np.any([*compared_axes.values()], axis=0)
    numbers[(numbers == PLANNED) & ~in_one] = NOT_COMPARED
    runs = numbers == PLANNED
    made, strange = blocks(
        table, {axis: taken & runs for axis, taken in compared_axes.items()}, baselines
    )
    planned = PlannedCells(table, states, numbers)
    compiling = (
        name
        for name, answer in pythons.items()
        if not isinstance(answer, str) and answer.facts.get("jit") in COMPILING
    )
    return Plan(planned, made, (*notes, *free, *strange), frozenset(compiling))


def _states(
    matrix: Matrix, answers: Answers, table: CellTable, excluded: Column
) -> tuple[Sequence[tuple[Status, str]], Column]:
    """Return the statuses with their reasons, and for each cell the number of its own."""
    states = {
        (Status.PLANNED, ""): PLANNED,
        (Status.EXCLUDED, "no compared axis of compare takes this cell"): NOT_COMPARED,
    }

    def number(status: Status, reason: str) -> int:
        return states.setdefault((status, reason), len(states))

    numbers = np.full(len(table), PLANNED, dtype=np.int32)
    interpreters = table.columns[AXES.index("python")]
    for index, name in enumerate(table.values[AXES.index("python")]):
        rows = np.flatnonzero(interpreters == index)
        if not len(rows):
            continue
        answer = answers[name]
        if isinstance(answer, str):
            numbers[rows] = number(Status.UNAVAILABLE, answer)
        else:
            for reason, lacking in answer.lacks(table.only(rows)):
                numbers[rows[lacking]] = number(Status.UNSUPPORTED, reason)
    out = excluded != NOT_EXCLUDED
    excludes, which = np.unique(excluded[out], return_inverse=True)
    found = [number(Status.EXCLUDED, f"by {place_of(matrix, each)}") for each in excludes.tolist()]
    numbers[out] = np.array(found, dtype=np.int32)[which]
    return list(states), numbers


def _with_free(
    table: CellTable, excluded: Column, answers: Answers
) -> tuple[CellTable, Column, Sequence[str]]:
    """Return the cells with a free one for each that cannot be bound here, and notes that say so.

    The bound ones stay, unsupported for their reason.
    """
    wanted = np.zeros(len(table), dtype=bool)
    notes: dict[str, list[str]] = {}
    for name, answer in answers.items():
        for place, reason in () if isinstance(answer, str) else answer.unplaced:
            rows = table.taken({"python": name.__eq__, "placement": place.__eq__})
            rows &= excluded == NOT_EXCLUDED
            if rows.any():
                wanted |= rows
                notes.setdefault(f"placement {place}: {reason}; free", []).append(name)
    said = [f"{what} is measured in its place on {', '.join(on)}" for what, on in notes.items()]
    if not said:
        return table, excluded, []
    axis, free = AXES.index("placement"), table.only(wanted)
    values, columns = list(table.values), list(free.columns)
    values[axis] = list(dict.fromkeys([*table.values[axis], FREE]))
    columns[axis] = np.full(len(free), values[axis].index(FREE), dtype=np.int32)
    both = [np.concatenate(two) for two in zip(table.columns, columns, strict=True)]
    more = np.concatenate([excluded, excluded[wanted]])
    return *without_doubles(CellTable(values, both), more), said


def _baselines(matrix: Matrix, answers: Answers) -> tuple[Mapping[str, str], list[str]]:
    """Return the baseline of each axis, the newest interpreter for one that is not here."""
    baselines = dict(matrix.compare.baseline)
    wanted = baselines.get("python")
    here = [name for name, answer in answers.items() if not isinstance(answer, str)]
    if wanted is None or wanted in here or not here or "python" not in matrix.compare.axes:
        return baselines, []
    lack = answers.get(wanted, "not among the interpreters of this plan")
    newest = baselines["python"] = oldest_and_newest(here)[NEWEST]
    return baselines, [f"baseline python {wanted}: {lack}; {newest}, the newest, is used instead"]


def _empty(matrix: Matrix) -> str:
    chosen = [f"--only {axis}={','.join(values)}" for axis, values in matrix.only.items()]
    chosen += [f"--skip {axis}={','.join(values)}" for axis, values in matrix.skip.items()]
    if chosen:
        return f"{' '.join(chosen)}: leaves no cell; see `ipcmatrix plan` for the cells there are"
    return f"{matrix.source}: no cell; no interpreter was found, name one on the axis python"
