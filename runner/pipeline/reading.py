"""A matrix file and the command line → a checked Matrix."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from runner import executors, matrix, output, process, studies
from runner.errors import BadInputError, EnvironmentLacksError
from runner.executors import wire
from runner.executors.local import HARNESS
from runner.model import Capabilities, Matrix, OwnFile, staged
from runner.shipped import shipped

DESCRIBE_WITHIN = 60.0
MATRIX = Path("matrix.yaml")
"""The file that is read where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line says of a matrix: the file, the profile, and the flags as typed."""

    matrix: Path | None
    profile: str | None = None
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    executor: str | None = None
    study: str | None = None
    rounds: str | None = None
    precision: str | None = None
    budget: str | None = None
    seed: str | None = None
    sessions: str | None = None
    pause: str | None = None
    payload: Sequence[str] = ()


@cache
def described(files: tuple[OwnFile, ...] = ()) -> Capabilities:
    """Return what the harness says of itself in our own interpreter: the names it knows.

    BadInputError where it finds a fault in the user's own files, with file and line.
    """
    command: list[str | Path] = [sys.executable, "-I", "-B", HARNESS, "describe", wire.MARK]
    with process.HeldFolder(contents=staged(files)) as folder:
        finished = process.run([*command, *([folder] if files else [])], timeout=DESCRIBE_WITHIN)
    said = process.MarkedLines(wire.MARK).feed(finished.out.encode())
    if not finished.ok or not said:
        message = f"the harness does not start under {sys.executable}:"
        raise EnvironmentLacksError(message, *finished.err.splitlines())
    capabilities = wire.decode_capabilities(said[0])
    if capabilities.faults:
        raise BadInputError(*capabilities.faults.values())
    return capabilities


def read_matrix(request: Request) -> Matrix:
    """Return the matrix of the request; BadInputError tells every mistake of file or flags."""
    places = (*executors.EXECUTORS, executors.AUTO)
    path = request.matrix or _usual()
    text = matrix.read_text(path)
    files = matrix.own_files(text, str(path), request.payload)
    vocabulary = matrix.Vocabulary.of(described(files), places, studies.STUDIES)
    loaded = matrix.parse(text, str(path), vocabulary, request.profile, files)
    flags = matrix.Flags(
        only=request.only,
        skip=request.skip,
        rounds=request.rounds,
        precision=request.precision,
        budget=request.budget,
        seed=request.seed,
        sessions=request.sessions,
        pause=request.pause,
        executor=request.executor,
        study=request.study,
        payload=request.payload,
    )
    return matrix.override(loaded, flags, vocabulary)


def _usual() -> Path:
    """Return matrix.yaml of this folder, or the one that comes with the program, and say so."""
    if os.path.lexists(MATRIX):
        return MATRIX
    output.say(
        "no matrix.yaml here: taking the one that comes with ipcmatrix; `ipcmatrix init` writes "
        "one of your own"
    )
    return shipped(MATRIX.name)
