"""Writing the run folder: run.json, cells.csv and trials/<machine>.csv, a round at a time.

A kill at any moment leaves whole files and whole rounds.
"""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from runner.errors import BadInputError, EnvironmentLacksError
from runner.files import open_regular, put, read
from runner.model import History, Matrix, PlannedCell, Row
from runner.model.parts import MACHINE
from runner.process import anonymous
from runner.runfolder import columns
from runner.runfolder.files import PARTS, TRIALS, complaint, ground_lost, set_aside, write_whole
from runner.runfolder.head import (
    CELLS,
    FILES,
    RUN,
    check_same,
    head,
    read_head,
    refuse_own,
    run_json,
)


class Journal:
    """An open run folder. `append` makes rounds safe; the folder may be moved once it is closed.

    `run` holds the entries of run.json.
    """

    def __init__(self, folder: Path, machine: str) -> None:
        self.folder = folder
        self.machine = machine
        self.trials = folder / TRIALS / f"{check_machine(machine)}.csv"
        with complaint(self.trials):
            self._file = open_regular(self.trials, folder, os.O_WRONLY | os.O_APPEND)
        self._size = os.fstat(self._file).st_size
        self._rounds: Counter[tuple[int, str]] = Counter()
        self.run = read_head(folder)

    def __enter__(self) -> Self:
        """Return the journal itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the journal."""
        self.close()

    def close(self) -> None:
        """Close the trials file; its rows are on the disk already."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def append(self, rows: Sequence[Row]) -> bytes:
        """Write all rows of one round in one write; return their lines when the disk has them.

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
            self._rounds[rows[0].session, rows[0].block.id] += 1
        return data

    def rounds(self, session: int) -> dict[str, int]:
        """Return how many measured rounds of each block were appended in a session.

        run.json keeps them, so that a reader sees where some of them are missing.
        """
        return {block: count for (of, block), count in self._rounds.items() if of == session}

    def note(self, facts: Mapping[str, object]) -> None:
        """Add top-level entries to run.json, or replace those that `note` or `create` gave."""
        refuse_own(facts)
        self._check_ground()
        # Write what we know, not what is on the disk: that may have been damaged meanwhile.
        self.run = {**self.run, **facts}
        write_whole(self.folder, RUN, run_json(self.run))

    def _check_ground(self) -> None:
        """Raise EnvironmentLacksError if the folder would not hold what is written."""
        if lack := ground_lost(self._file, self.trials, self._size):
            raise EnvironmentLacksError(lack)


class Reopened(NamedTuple):
    """A journal to continue, its contents, and its incomplete parts, with file and line."""

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
        message = f"{folder} already holds a run: continue it with --resume, or name another --out"
        raise BadInputError(message)
    check_machine(machine)
    with complaint(folder):
        (folder / TRIALS).mkdir(parents=True, exist_ok=True)
    write_whole(folder, CELLS, cells_csv(cells))
    for one in matrix.files:
        write_whole(folder, f"{FILES}/{one.path.removeprefix('./')}", one.content)
    _begin_trials(folder, machine)
    # run.json comes last: a folder that has one is complete.
    write_whole(folder, RUN, run_json({**head(run_id, machine, matrix), **facts}))
    return Journal(folder, machine)


def check(folder: Path) -> None:
    """Raise BadInputError for a run folder that a report would refuse; nothing is changed."""
    # With pandas, of which a new run has no need.
    from runner.runfolder.folder import read_folder

    if not os.path.lexists(folder / RUN) and (folder / PARTS).is_dir():
        message = f"{folder}: is a run of several machines: continue it with --cluster"
        raise BadInputError(message)
    read_folder(folder)


def reopen(folder: Path, matrix: Matrix, cells: Sequence[PlannedCell], machine: str) -> Reopened:
    """Open a run to continue: set aside an incomplete last round, and return what was measured.

    BadInputError where the folder holds no run, one of another matrix, or anything that a report
    would refuse; then no file is touched.
    A machine that the run has not seen yet starts with an empty history.
    """
    from runner.runfolder.folder import cells_of, read_folder, recorded_rounds
    from runner.runfolder.rounds import history_of

    found = read_folder(folder)
    check_same(folder, found.head, matrix, cells_of(found.cells), cells)
    path = folder / TRIALS / f"{check_machine(machine)}.csv"
    own = next((table for table in found.trials if table.path == path), None)
    if own is None:
        _begin_trials(folder, machine)
    with complaint(path):
        if not read(path, folder).startswith(header()):
            message = (
                f"{path}:1: header: lacks columns of this version: continue with the version that "
                "began the run, or begin a new one"
            )
            raise BadInputError(message)
    cuts = []
    for table in filter(None, (own, found.probes)):
        with complaint(table.path):
            if table.path.stat().st_nlink > 1:  # or a backup of hard links would be changed too
                put(table.path, read(table.path, folder), folder)
        if table.truncated:
            copy = set_aside(folder, table.path, table.truncated.start)
            cuts.append(
                f"{table.path}:{table.truncated.line}: cut {table.truncated.what}; {copy} keeps it"
            )
    load = matrix.measure.gate_load
    history = history_of(own, load, recorded_rounds(found.head, machine)) if own else History()
    gaps = found.listed_gaps
    return Reopened(Journal(folder, machine), history, (*cuts, *gaps))


def _begin_trials(folder: Path, machine: str) -> None:
    write_whole(folder, f"{TRIALS}/{check_machine(machine)}.csv", header())


def check_machine(machine: str) -> str:
    """Return the name; BadInputError where it cannot name a file."""
    if not re.fullmatch(MACHINE, machine):
        message = f"machine {machine!r}: at most 100 letters, digits and ._- name its file"
        raise BadInputError(message)
    return machine


Value = str | int | float | None

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def encode(rows: Sequence[Row], machine: str) -> bytes:
    """Return the lines of `rows`, each ended by LF, in the order of columns.TRIALS."""
    return encode_lines(values(row, machine) for row in rows)


def header() -> bytes:
    """Return the first line of trials/*.csv."""
    return encode_lines([columns.names(columns.TRIALS)])


def cells_csv(cells: Sequence[PlannedCell]) -> bytes:
    """Return the text of cells.csv."""
    lines = [
        (*planned.cell, planned.status.value, columns.escape(anonymous(planned.reason)))
        for planned in cells
    ]
    return encode_lines([columns.names(columns.CELLS), *lines])


def encode_lines(lines: Iterable[Sequence[Value]]) -> bytes:
    """Return `lines` as CSV in UTF-8: floats by repr, None as an empty field, no line broken.

    Names come from a checked matrix; should one hold a control character all the same, it must not
    break the line that separates complete rounds from a truncated one.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(
        [
            columns.harmless(_CONTROL.sub(" ", value)) if isinstance(value, str) else value
            for value in line
        ]
        for line in lines
    )
    return text.getvalue().encode()


def values(row: Row, machine: str) -> list[Value]:
    """Return the values of `row` in the order of columns.TRIALS."""
    record = row.record
    return [
        machine,
        row.session,
        row.block.compared_axis,
        row.block.id,
        row.round,
        row.round_size,
        row.trial,
        row.phase,
        int(row.arm.control),
        *row.arm.cell,
        record.messages,
        record.status.value,
        record.seconds,
        record.send_seconds,
        record.join_seconds,
        record.cpu_seconds,
        record.cpu_user_seconds,
        record.cpu_system_seconds,
        record.voluntary_switches,
        record.involuntary_switches,
        record.peak_rss_kib,
        record.peak_rss_sum_kib,
        record.wall_seconds,
        *(record.latency.get(name) for name in ("p50", "p90", "p99", "p999", "max")),
        ";".join(map(str, record.per_worker)),
        ";".join(map(repr, record.quarter_seconds)),
        record.bound_to,
        row.foreign_cpu,
        *row.conditions,
        row.started,
        columns.escape(anonymous(record.detail)),
    ]
