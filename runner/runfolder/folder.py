"""A whole run folder, read and checked: what `report`, `compare` and `run --resume` go by."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from runner.model import AXES, Cell
from runner.runfolder import columns
from runner.runfolder.codes import codes_of, combine, dense
from runner.runfolder.files import TRIALS, restore, trials_files
from runner.runfolder.head import CELLS, PROBES, RUN, read_head
from runner.runfolder.rounds import Gap, gaps, read_trials
from runner.runfolder.table import CsvTable, read_table

SHOWN = 20
"""Gaps that are listed one by one; of more, only the number is reported."""

_DIFFERENCE = 0.001
"""Seconds by which timed trials and run.json may differ: it holds thousandths of each start."""

_MOMENT = timedelta(minutes=1)
"""How far clocks of trials and of run.json may differ."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Everything that a run folder holds, sound.

    `head` is run.json; `probes` is None if none were asked; `gaps` are rounds that were
    measured but are missing from the trials.
    """

    path: Path
    head: Mapping[str, Any]
    cells: CsvTable
    trials: Sequence[CsvTable]
    probes: CsvTable | None
    gaps: Sequence[Gap]

    @property
    def said(self) -> list[str]:
        """Incomplete parts, with file and line: truncated last rounds, and gaps."""
        tables = [*self.trials, *([self.probes] if self.probes else [])]
        truncated = [
            f"{table.path}:{table.truncated.line}: left out {table.truncated.what}"
            for table in tables
            if table.truncated
        ]
        return [*truncated, *self.listed_gaps]

    @property
    def listed_gaps(self) -> list[str]:
        """Messages about the gaps, the first SHOWN one by one."""
        lines = list(dict.fromkeys(gap.said for gap in self.gaps))
        if len(lines) > SHOWN:
            lines[SHOWN:] = [f"{self.path / TRIALS}: and {len(lines) - SHOWN} more gaps"]
        return lines


def read_folder(folder: Path) -> RunFolder:
    """Return the contents of a run folder.

    Raises BadInputError (`path:line: column: what`) for a folder that is not a run, and for a file
    that is missing or holds anything that no journal writes; gaps and a last round without its end
    are not errors.
    """
    head = read_head(folder)
    cells = read_table(folder / CELLS, columns.CELLS)
    if cells.truncated:
        raise restore(cells.path, "its last line is truncated, and may not be its last cell")
    _refuse_again(cells, list(AXES), "a cell")
    trials = [read_trials(path) for path in trials_files(folder)]
    machines = {
        head["machine"],
        *(one.get("machine") or head["machine"] for one in head.get("sessions", [])),
    }
    known = set(cells.frame[list(AXES)].itertuples(index=False, name=None))
    for table in trials:
        if not table.frame.empty and table.path.stem not in machines:
            what = f"machine: {table.path.stem} is not in {RUN} ({', '.join(sorted(machines))})"
            raise restore(table.path, what, table.line(0))
        _refuse_strange(table, head, known)
        _refuse_foreign(table, head)
    _refuse_lost(folder, head, trials, machines)
    probes = None
    if os.path.lexists(folder / PROBES):
        probes = read_table(folder / PROBES, columns.PROBES)
        _refuse_again(probes, ["machine", "python", "probe"], "an answer")
        for row, machine in enumerate(probes.frame["machine"]):
            if machine not in machines:
                what = f"machine: {machine} is not in {RUN}"
                raise restore(probes.path, what, probes.line(row))
    return RunFolder(folder, head, cells, trials, probes, list(_gaps(folder, head, trials)))


def cells_of(table: CsvTable) -> list[Cell]:
    """Return the cells of cells.csv in the order of the plan."""
    return [Cell._make(one) for one in table.frame[list(AXES)].itertuples(index=False, name=None)]


def _refuse_again(table: CsvTable, key: list[str], what: str) -> None:
    again = np.flatnonzero(table.frame.duplicated(key).to_numpy())
    if len(again):
        line = table.line(int(again[0]))
        raise restore(table.path, f"{what} that is in the file already", line)


def _refuse_strange(
    table: CsvTable, head: Mapping[str, Any], known: set[tuple[object, ...]]
) -> None:
    """Raise BadInputError for the first row of a cell or session that is recorded nowhere else.

    Runs of older versions record only starts, not sessions; a killed one has left none.
    """
    names = list(map(columns.column_of, AXES))
    _, first = dense(combine([codes_of(table.frame, name) for name in names]))
    measured = table.frame[names].iloc[np.sort(first)]
    for row, cell in zip(measured.index, measured.itertuples(index=False, name=None), strict=True):
        if cell not in known:
            what = f"a trial of {' '.join(map(str, cell))}, which {CELLS} lacks"
            raise restore(table.path, what, table.line(int(row)))
    if known_sessions := recorded_rounds(head, table.path.stem):
        sessions = table.frame["session"].to_numpy()
        for row in np.flatnonzero(~np.isin(sessions, list(known_sessions)))[:1]:
            what = f"session: {RUN} has no session {sessions[row]}"
            raise restore(table.path, what, table.line(int(row)))


def _refuse_foreign(table: CsvTable, head: Mapping[str, Any]) -> None:
    """Raise BadInputError for a session whose trials are all outside its time in run.json.

    This finds trials next to the run.json of another run. A clock that is set while a session
    lasts moves its end too, or leaves it before its beginning, where nothing can be said.
    """
    started = table.frame["started"]
    for one in head.get("sessions", []):
        begin, end = _time(one.get("before")), _time(one.get("after"))
        if (one.get("machine") or head["machine"]) != table.path.stem or not begin or not end:
            continue
        rows = np.flatnonzero(table.frame["session"].to_numpy() == one["session"])
        times = [_utc(text) for text in started.iloc[rows].unique()]
        inside = (time - begin >= -_MOMENT and time - end <= _MOMENT for time in times)
        if begin <= end and times and not any(inside):
            row = int(rows[0])
            what = (
                f"started: {started.iloc[row]} and all others of session {one['session']} are "
                f"outside the session's time in {RUN} ({one['before']['at']} to "
                f"{one['after']['at']}): does one of the two files belong to another run?"
            )
            raise restore(table.path, what, table.line(row))


def _time(moment: Mapping[str, str] | None) -> datetime | None:
    try:
        return _utc((moment or {})["at"])
    except (KeyError, ValueError):
        return None


def _utc(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


def _refuse_lost(
    folder: Path, head: Mapping[str, Any], trials: Sequence[CsvTable], machines: set[str]
) -> None:
    """Raise BadInputError for a run that has measured but has no trial at all."""
    starts = head.get("starts", [])
    if not trials and (starts or head.get("sessions")):
        raise restore(folder / TRIALS, f"holds no trials, though {RUN} says that some were made")
    timed = any(one.get("timed_seconds") for one in starts)
    if timed and all(table.frame.empty for table in trials):
        raise restore(folder / TRIALS, f"holds no trial, though {RUN} has timed ones")
    for machine in sorted(machines - {table.path.stem for table in trials}):
        if any(recorded_rounds(head, machine).values()):
            raise restore(
                folder / TRIALS / f"{machine}.csv", f"is gone, though {RUN} lists its rounds"
            )


def _gaps(folder: Path, head: Mapping[str, Any], trials: Sequence[CsvTable]) -> Iterator[Gap]:
    """Yield what the trials lack by their numbers, or else by the seconds that were timed."""
    found = False
    for table in trials:
        for gap in gaps(
            table, head["measure"]["warmup_rounds"], recorded_rounds(head, table.path.stem)
        ):
            found = True
            yield gap
    starts = head.get("starts", [])
    sessions = sorted({number for one in starts for number in one.get("sessions", ())})
    if found or not sessions or any(table.truncated for table in trials):
        return
    rows = [table.frame[table.frame["session"].isin(sessions)] for table in trials]
    timed = sum(float(of["seconds"].sum()) for of in rows)
    recorded = sum(one.get("timed_seconds", 0.0) for one in starts)
    if timed < recorded - _DIFFERENCE * (1 + len(starts)):
        said = (
            f"{folder / TRIALS}: rounds are missing of session{'s' * (len(sessions) > 1)} "
            f"{', '.join(map(str, sessions))}: {RUN} has "
            f"{recorded:.3f} timed seconds, the trials hold {timed:.3f}"
        )
        for table, of in zip(trials, rows, strict=True):
            for block in of["block"].unique():
                yield Gap(table.path.stem, str(block), said)


def recorded_rounds(head: Mapping[str, Any], machine: str) -> dict[int, Mapping[str, int] | None]:
    """Return the measured rounds of each block by the machine's sessions, None: unknown."""
    return {
        one["session"]: one.get("rounds")
        for one in head.get("sessions", [])
        if (one.get("machine") or head["machine"]) == machine
    }
