"""The run's folder: run.json, cells.csv and trials/<machine>.csv, written so that a kill at any
moment leaves whole files and whole rounds."""

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from runner.errors import BadInputError, EnvironmentLacksError
from runner.files import open_regular, put, read
from runner.format import RUN, check_sound
from runner.journal.disk import complaint, ground_lost, truncate, write_whole
from runner.journal.head import (
    CELLS,
    cells_csv,
    check_same,
    head,
    read_run,
    refuse_own,
    run_json,
)
from runner.journal.past import Past, read_past
from runner.journal.rows import encode, header
from runner.journal.soundness import check_rows, refuse_other_ends
from runner.model import History, Matrix, PlannedCell, Row

_TRIALS = "trials"
_MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Journal:
    """An open run folder. `append` makes rounds safe; the folder may be moved once it is closed.

    `run` holds the entries of run.json.
    """

    def __init__(self, folder: Path, machine: str) -> None:
        self.folder = folder
        self.machine = machine
        self.trials = folder / _TRIALS / f"{_checked(machine)}.csv"
        with complaint(self.trials):
            self._file = open_regular(self.trials, folder, os.O_WRONLY | os.O_APPEND)
        self._size = os.fstat(self._file).st_size
        self.run = read_run(folder)

    def __enter__(self) -> Self:
        """Return the journal itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the journal."""
        self.close()

    def close(self) -> None:
        """Close the trials file; what was appended is on the disk already."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def append(self, rows: Sequence[Row]) -> None:
        """Write all rows of one round in one write, and return when the disk has them.

        EnvironmentLacksError where it cannot be done; then nothing of the round is kept, and
        everything before it is.
        """
        data = encode(rows, self.machine)
        self._check_ground()
        with complaint(self.trials):
            try:
                if (written := os.write(self._file, data)) != len(data):
                    # A second write says why the first was short: a full disk, mostly.
                    os.write(self._file, data[written:])
                os.fsync(self._file)
            except OSError:
                with suppress(OSError):  # --resume cuts what cannot be cut now
                    os.ftruncate(self._file, self._size)
                raise
        self._size += len(data)

    def note(self, facts: Mapping[str, object]) -> None:
        """Add top-level entries to run.json, or replace those that `note` or `create` gave."""
        refuse_own(facts)
        self._check_ground()
        # What we know is written, not what stands there: it may have been damaged meanwhile.
        self.run = {**self.run, **facts}
        write_whole(self.folder, RUN, run_json(self.run))

    def _check_ground(self) -> None:
        """Raise EnvironmentLacksError where what is written would not be found in the folder."""
        if lack := ground_lost(self._file, self.trials, self._size):
            raise EnvironmentLacksError(lack)


class Reopened(NamedTuple):
    """A journal to go on with, what it holds, and what was cut from it (path:line: what)."""

    journal: Journal
    history: History
    cuts: tuple[str, ...]


def create(
    out: Path,
    run_id: str,
    matrix: Matrix,
    cells: Sequence[PlannedCell],
    machine: str,
    facts: Mapping[str, object],
) -> Journal:
    """Make the folder `out`/`run_id` with all that is known before the first trial.

    `facts` are further top-level entries of run.json. BadInputError where the folder holds a run.
    """
    folder = out / run_id
    refuse_own(facts)
    if (folder / RUN).exists():
        message = f"{folder} holds a run already: go on with --resume, or name another --out"
        raise BadInputError(message)
    _checked(machine)
    with complaint(folder):
        (folder / _TRIALS).mkdir(parents=True, exist_ok=True)
    write_whole(folder, CELLS, cells_csv(cells))
    _begin_trials(folder, machine)
    # run.json comes last: a folder that has one is complete.
    write_whole(folder, RUN, run_json({**head(run_id, machine, matrix), **facts}))
    return Journal(folder, machine)


def reopen(folder: Path, matrix: Matrix, cells: Sequence[PlannedCell], machine: str) -> Reopened:
    """Open a run to go on with: cut a torn tail, and say what is measured already.

    BadInputError where the folder holds no run, one of another format, one of another matrix, or
    files that a report would refuse.
    A machine that the run has not seen yet starts with an empty history.
    """
    check_same(folder, matrix, cells)
    check_sound(folder, read_run(folder))
    trials = folder / _TRIALS / f"{_checked(machine)}.csv"
    if not os.path.lexists(trials):
        _begin_trials(folder, machine)
    with complaint(trials):
        past = _sound_past(trials)
    if trials.stat().st_nlink > 1:  # a backup of hard links would be appended to as well
        with complaint(trials):
            put(trials, read(trials, folder), folder)
    if past.cut:
        with complaint(trials):
            truncate(trials, past.sound)
    return Reopened(Journal(folder, machine), past.history, (past.cut,) if past.cut else ())


def _sound_past(trials: Path) -> Past:
    """Return what a trials file holds; BadInputError also for values that a report refuses."""
    refuse_other_ends(trials)
    try:
        past = read_past(trials)
    except ValueError:  # a figure that has no logarithm, say: name it
        check_rows(trials, trials.stat().st_size)
        raise
    check_rows(trials, past.sound)
    return past


def _begin_trials(folder: Path, machine: str) -> None:
    write_whole(folder, f"{_TRIALS}/{_checked(machine)}.csv", header())


def _checked(machine: str) -> str:
    if not _MACHINE.fullmatch(machine):
        message = f"machine {machine!r}: only letters, digits, '.', '_' and '-' can name its file"
        raise BadInputError(message)
    return machine
