"""The plan of a matrix: every cell with its status and reason, and the blocks."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from runner.errors import BadInputError
from runner.model import Capabilities, Cell, Matrix, Plan, PlannedCell, Status, python_order
from runner.plan.blocks import blocks, family_matcher
from runner.plan.product import NOT_EXCLUDED, cells
from runner.plan.support import Support

Answers = Mapping[str, Support | str]

COMPILING = ("pypy", "on")
"""The fact `jit` of an interpreter that compiles at run time, as its harness tells it."""

NO_FAMILY = "no family of compare takes this cell"


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
    references, notes = _references(matrix, answers)
    with _no_collection():
        planned = list(_planned(matrix, answers))
        runnable = (each.cell for each in planned if each.status is Status.PLANNED)
        made, strange = blocks(runnable, matrix.compare, references)
    if not planned:
        raise BadInputError(_empty(matrix))
    return Plan(planned, made, (*notes, *strange), _compiling(pythons))


def _compiling(pythons: Mapping[str, Capabilities | str]) -> frozenset[str]:
    return frozenset(
        name
        for name, answer in pythons.items()
        if not isinstance(answer, str) and answer.facts.get("jit") in COMPILING
    )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the collector from walking millions of live tuples again and again for nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _planned(matrix: Matrix, answers: Answers) -> Iterator[PlannedCell]:
    takes_part = family_matcher(matrix.compare)
    for cell, place in cells(matrix):
        if place is not NOT_EXCLUDED:
            yield PlannedCell(cell, Status.EXCLUDED, f"by {place}")
            continue
        status, reason = _status(cell, answers[cell.python])
        if status is Status.PLANNED and not takes_part.mask(cell):
            status, reason = Status.EXCLUDED, NO_FAMILY
        yield PlannedCell(cell, status, reason)


def _status(cell: Cell, answer: Support | str) -> tuple[Status, str]:
    if isinstance(answer, str):
        return Status.UNAVAILABLE, answer
    reason = answer.reason(cell)
    return (Status.UNSUPPORTED, reason) if reason else (Status.PLANNED, "")


def _references(matrix: Matrix, answers: Answers) -> tuple[Mapping[str, str], list[str]]:
    """Return the reference of each axis, the newest interpreter for one that is not here."""
    references = dict(matrix.compare.reference)
    wanted = references.get("python")
    here = [name for name, answer in answers.items() if not isinstance(answer, str)]
    if wanted is None or wanted in here or not here or "python" not in matrix.compare.families:
        return references, []
    lack = answers.get(wanted, "not among the interpreters of this plan")
    newest = _newest(here)
    references["python"] = newest
    return references, [f"reference python {wanted}: {lack}; {newest}, the newest, stands in"]


def _newest(names: list[str]) -> str:
    """Return the newest interpreter; an ordinary build before a free-threaded one or PyPy."""
    plain = [name for name in names if name.replace(".", "").isdigit()]
    return max(plain or names, key=python_order)


def _empty(matrix: Matrix) -> str:
    chosen = [f"--only {axis}={','.join(values)}" for axis, values in matrix.only.items()]
    chosen += [f"--skip {axis}={','.join(values)}" for axis, values in matrix.skip.items()]
    if chosen:
        return f"{' '.join(chosen)}: leaves no cell; see `ipcmatrix plan` for the cells there are"
    return f"{matrix.source}: no cell; no interpreter was found, name one on the axis python"
