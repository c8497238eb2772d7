"""Matrices of hostile files, their runs, and what these leave behind."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.forked import forked

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
MEASURE = (
    "measure: {target: 2ms, rounds: 2, min_rounds: 2, warmup_rounds: 0, gate_wait: 0s, timeout: 2s}"
)


def ipcmatrix(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the program in a folder."""
    return forked(*words, cwd=folder)


def trials(run: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a run's trials."""
    for path in (run / "trials").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)


def statuses(run: Path, axis: str = "transport") -> dict[str, set[str]]:
    """Return the statuses of the trials by the value on an axis."""
    seen: dict[str, set[str]] = {}
    for row in trials(run):
        seen.setdefault(row[axis], set()).add(row["status"])
    return seen


def segments() -> set[str]:
    """Return the names in shared memory."""
    return {path.name for path in Path("/dev/shm").iterdir()}


def sleepers() -> set[str]:
    """Return the processes that have files of a user's own."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            marked = b"IPCMATRIX_FILES=" in path.read_bytes()
        except OSError:
            continue
        found |= {path.parent.name} if marked else set()
    return found
