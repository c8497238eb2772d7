"""run.json and cells.csv: what a run is, and whether it is still the same one."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from runner import columns
from runner.errors import BadInputError
from runner.format import FORMAT, RUN, read_head, restore, text_of
from runner.journal.rows import encode_lines
from runner.model import AXES, Cell, Matrix, PlannedCell
from runner.process import anonymous, argument, published, tilde

CELLS = "cells.csv"
_OWN_KEYS = ("format", "run", "machine", "matrix", "measure")


def read_run(folder: Path) -> dict[str, object]:
    """Return run.json of a run folder; BadInputError where it is missing, damaged or too new."""
    return read_head(folder)


def read_cells(folder: Path) -> list[Cell]:
    """Return the cells of cells.csv in the order of the plan; BadInputError where it is damaged."""
    path = folder / CELLS
    text = text_of(path)
    if not text.endswith("\n"):
        raise restore(path, "its last line is torn, and may not be its last cell")
    try:
        cells = [_cell(line) for line in csv.DictReader(io.StringIO(text, newline=""), strict=True)]
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise restore(path, f"not a list of cells ({error})") from error
    seen: set[Cell] = set()
    for line, cell in enumerate(cells, start=2):
        if cell in seen:
            raise restore(path, "a cell that stands in the file already", line)
        seen.add(cell)
    return cells


def _cell(line: Mapping[str, str]) -> Cell:
    return Cell._make(int(line[axis]) if axis == "workers" else line[axis] for axis in AXES)


def check_same(folder: Path, matrix: Matrix, cells: Sequence[PlannedCell]) -> None:
    """Raise BadInputError where the run began with another matrix, profile or set of cells."""
    then = read_run(folder).get("matrix")
    before = then if isinstance(then, dict) else {}
    now = _matrix(matrix)
    for what in ("sha256", "profile"):
        if before.get(what) != now[what]:
            message = (
                f"{folder}: the matrix has changed since the run began ({what} was "
                f"{before.get(what)}, is {now[what]}): give it back its old text, which "
                f"{folder / RUN} holds, or begin a new run"
            )
            raise BadInputError(message)
    _check_cells(folder, {planned.cell for planned in cells})


def _check_cells(folder: Path, now: set[Cell]) -> None:
    before = set(read_cells(folder))
    if before == now:
        return
    strange = next(iter(sorted(before ^ now)))
    where = "not in the run" if strange in now else "in the run alone"
    number = len(before ^ now)
    differ = "1 cell differs" if number == 1 else f"{number} cells differ"
    message = (
        f"{folder}: {differ} from those that the run began with "
        f"({', '.join(map(str, strange))} is {where}): use the same --only and --skip, "
        "on a machine with the same interpreters"
    )
    raise BadInputError(message)


def head(run_id: str, machine: str, matrix: Matrix) -> dict[str, object]:
    """Return the entries of run.json that the journal itself answers for."""
    return {
        "format": FORMAT,
        "run": run_id,
        "machine": machine,
        "matrix": _matrix(matrix),
        "measure": asdict(matrix.measure),
    }


def _matrix(matrix: Matrix) -> dict[str, object]:
    # The digest is that of the text as it is published, from which a run can go on as well.
    text = tilde(matrix.text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {
        "source": argument(matrix.source),
        "profile": matrix.profile,
        "only": dict(matrix.only),
        "skip": dict(matrix.skip),
        "sha256": digest,
        "text": text,
    }


def refuse_own(facts: Mapping[str, object]) -> None:
    """Raise ValueError where `facts` would replace an entry of the journal itself."""
    if own := sorted(set(facts) & set(_OWN_KEYS)):
        message = f"run.json's {', '.join(own)} belong to the journal"
        raise ValueError(message)


def cells_csv(cells: Sequence[PlannedCell]) -> bytes:
    """Return the text of cells.csv."""
    lines = [
        (*planned.cell, planned.status.value, columns.escape(anonymous(planned.reason)))
        for planned in cells
    ]
    return encode_lines([columns.names(columns.CELLS), *lines])


def run_json(run: Mapping[str, object]) -> bytes:
    """Return the text of run.json, in which nothing names a user or the host."""
    return (json.dumps(published(run), indent=2, sort_keys=True) + "\n").encode()
