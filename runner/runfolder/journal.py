"""The run's folder: run.json, cells.csv and trials/<machine>.csv, written so that a kill at any
moment leaves whole files and whole rounds."""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from runner.errors import BadInputError, EnvironmentLacksError
from runner.files import open_regular, put, read
from runner.model import History, Matrix, PlannedCell, Row
from runner.runfolder.disk import complaint, ground_lost, set_aside, write_whole
from runner.runfolder.head import CELLS, MACHINE, RUN, read_head
from runner.runfolder.identity import cells_csv, check_same, head, refuse_own, run_json
from runner.runfolder.rows import encode, header

_TRIALS = "trials"


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
        self._rounds: Counter[tuple[int, str]] = Counter()
        self.run = read_head(folder)

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
        if rows and rows[0].phase == "measure":
            self._rounds[rows[0].sitting, rows[0].block.id] += 1

    def rounds(self, session: int) -> dict[str, int]:
        """Return how many measured rounds of each block were appended in a session.

        run.json keeps them, so that a reader sees where some of them are missing.
        """
        return {block: count for (of, block), count in self._rounds.items() if of == session}

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
    """A journal to go on with, what it holds, and what is not whole in it, with file and line."""

    journal: Journal
    history: History
    said: tuple[str, ...]


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


def check(folder: Path) -> None:
    """Raise BadInputError for a run folder that a report would refuse; nothing is changed."""
    # With pandas, of which a new run has no need.
    from runner.runfolder.folder import read_folder

    read_folder(folder)


def reopen(folder: Path, matrix: Matrix, cells: Sequence[PlannedCell], machine: str) -> Reopened:
    """Open a run to go on with: set aside a last round without its end, and say what was measured.

    BadInputError where the folder holds no run, one of another matrix, or anything that a report
    would refuse; then no file is touched.
    A machine that the run has not seen yet starts with an empty history.
    """
    from runner.runfolder.folder import cells_of, read_folder, told_rounds
    from runner.runfolder.past import history_of

    found = read_folder(folder)
    check_same(folder, found.head, matrix, cells_of(found.cells), cells)
    path = folder / _TRIALS / f"{_checked(machine)}.csv"
    own = next((table for table in found.trials if table.path == path), None)
    if own is None:
        _begin_trials(folder, machine)
    with complaint(path):
        if not read(path, folder).startswith(header()):
            message = (
                f"{path}:1: header: lacks columns of this version: go on with the version that "
                "began the run, or begin a new one"
            )
            raise BadInputError(message)
    cuts = []
    for table in filter(None, (own, found.probes)):
        with complaint(table.path):
            if table.path.stat().st_nlink > 1:  # or a backup of hard links would be changed too
                put(table.path, read(table.path, folder), folder)
        if table.torn:
            copy = set_aside(folder, table.path, table.torn.start)
            cuts.append(f"{table.path}:{table.torn.line}: cut {table.torn.what}; {copy} keeps it")
    history = history_of(own, told_rounds(found.head, machine)) if own else History()
    gaps = found.told_gaps
    return Reopened(Journal(folder, machine), history, (*cuts, *gaps))


def _begin_trials(folder: Path, machine: str) -> None:
    write_whole(folder, f"{_TRIALS}/{_checked(machine)}.csv", header())


def _checked(machine: str) -> str:
    if not re.fullmatch(MACHINE, machine):
        message = f"machine {machine!r}: only letters, digits, '.', '_' and '-' can name its file"
        raise BadInputError(message)
    return machine
