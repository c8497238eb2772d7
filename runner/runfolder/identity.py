"""run.json and cells.csv: what a run is, and whether it is still the same one."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from runner.errors import BadInputError
from runner.model import Cell, Matrix, PlannedCell
from runner.process import anonymous, argument, published, tilde
from runner.runfolder import columns
from runner.runfolder.head import FORMAT, RUN
from runner.runfolder.rows import encode_lines

_OWN_KEYS = ("format", "run", "machine", "matrix", "measure")


def check_same(
    folder: Path,
    began: Mapping[str, object],
    matrix: Matrix,
    before: Sequence[Cell],
    cells: Sequence[PlannedCell],
) -> None:
    """Raise BadInputError where the run began with another matrix, profile or set of cells.

    `began` is its run.json, `before` are its cells.
    """
    then, now = began["matrix"], _matrix(matrix)
    for what in ("sha256", "profile"):
        if isinstance(then, dict) and then[what] != now[what]:
            message = (
                f"{folder}: the matrix has changed since the run began ({what} was "
                f"{then[what]}, is {now[what]}): give it back its old text, which "
                f"{folder / RUN} holds, or begin a new run"
            )
            raise BadInputError(message)
    differ = set(before) ^ {planned.cell for planned in cells}
    if not differ:
        return
    strange = min(differ)
    where = "in the run alone" if strange in before else "not in the run"
    number = "1 cell differs" if len(differ) == 1 else f"{len(differ)} cells differ"
    message = (
        f"{folder}: {number} from those that the run began with "
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
        "study": matrix.study,
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
