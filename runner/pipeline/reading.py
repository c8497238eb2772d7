"""A matrix file and the command line → a checked Matrix."""

import os
import sys
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from runner import executors, matrix, output, process, studies
from runner.errors import BadInputError, EnvironmentLacksError
from runner.executors import wire
from runner.model import Matrix, Names, OwnFile, staged
from runner.shipped import HARNESS, shipped

NAMED_WITHIN = 60.0
"""Seconds for our own interpreter to load the harness and the user's files."""
MATRIX = Path("matrix.yaml")
"""The file that is read where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(matrix.Flags):
    """What the command line says of a matrix: the file, the profile, and the flags as typed."""

    matrix: Path | None
    profile: str | None = None

    @property
    def flags(self) -> dict[str, Any]:
        """The flags that change a matrix, as typed, but for those that were not given."""
        found = {one.name: getattr(self, one.name) for one in fields(matrix.Flags)}
        return {name: value for name, value in found.items() if value is not None}


@cache
def harness_names(files: tuple[OwnFile, ...]) -> Names:
    """Return the names that the harness knows, with the user's own, asked in our own interpreter.

    BadInputError where it finds a fault in the user's own files, with file and line.
    """
    command: list[str | Path] = [sys.executable, "-I", "-B", HARNESS, "names", wire.MARK]
    with process.HeldFolder(contents=staged(files)) as folder:
        finished = process.run([*command, *([folder] if files else [])], timeout=NAMED_WITHIN)
    said = process.MarkedLines(wire.MARK).feed(finished.out.encode())
    if not finished.ok or not said:
        message = f"the harness does not start on {sys.executable}:"
        raise EnvironmentLacksError(message, *finished.err.splitlines())
    known = wire.decode_names(said[0])
    if known.faults:
        raise BadInputError(*known.faults.values())
    return known


def vocabulary(files: tuple[OwnFile, ...] = ()) -> matrix.Vocabulary:
    """Return the names that a matrix may hold."""
    places = (*executors.EXECUTORS, executors.AUTO)
    return matrix.Vocabulary.of(harness_names(files), places, studies.STUDIES)


def read_matrix(request: Request) -> Matrix:
    """Return the matrix of the request; BadInputError lists every mistake of file and flags."""
    path = request.matrix or _usual()
    text = matrix.read_text(path)
    files = matrix.own_files(text, str(path), request.payload)
    known = vocabulary(files)
    loaded = matrix.parse(text, str(path), known, request.profile, files)
    return matrix.override(loaded, request, known)


def _usual() -> Path:
    """Return matrix.yaml of this folder, or the one that comes with the program, and say so."""
    if os.path.lexists(MATRIX):
        return MATRIX
    output.say(
        "no matrix.yaml here: taking the one that comes with ipcmatrix; `ipcmatrix init` writes "
        "one of your own"
    )
    return shipped(MATRIX.name)
