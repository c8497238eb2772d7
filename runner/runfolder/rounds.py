"""The rounds of a trials file: whole, in the order in which they were written, without gaps."""

import math
import mmap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from runner.model import AXES, Arm, Cell, History, PastRound, Status
from runner.runfolder import columns
from runner.runfolder.codes import Wholes, codes_of, combine
from runner.runfolder.columns import PHASES, shown
from runner.runfolder.files import opened, restore
from runner.runfolder.head import RUN
from runner.runfolder.table import CsvTable, Truncated, read_table
from runner.statistics.disturbance import FIGURES, contaminated, marks_of

_SAME = ("compared_axis", "round_size", "started")
"""Values that all rows of a round share, besides those that identify the round."""

_ARM = ("control", *map(columns.column_of, AXES))
"""Columns that identify an arm within its round."""


class Gap(NamedTuple):
    """Rounds that a trials file lacks: of which machine and block, and a message."""

    machine: str
    block: str
    said: str


class RoundIndex(NamedTuple):
    """The rounds of a table in the order of the file: first row, rows, identity.

    `block` is the code of the block's category, `phase` the place in PHASES.
    """

    starts: Wholes
    counts: Wholes
    session: Wholes
    block: Wholes
    phase: Wholes
    number: Wholes


def read_trials(path: Path) -> CsvTable:
    """Return the complete rounds of a trials file, whose rows are of the machine that names it.

    The last round may be incomplete: it is left out, and named in `truncated`. BadInputError, with
    line, for anything else that no journal writes: see `read_table`, rows of another machine, and
    rounds that are incomplete, in another order, or doubled.
    """
    table = read_table(path, columns.TRIALS)
    if table.frame.empty:
        return table
    machines = table.frame["machine"].cat
    if list(machines.categories) != [path.stem]:
        strange = next(name for name in machines.categories if name != path.stem)
        row = int(np.flatnonzero(machines.codes == machines.categories.get_loc(strange))[0])
        what = f"machine: {shown(strange)} in the file of {shown(path.stem)}"
        raise restore(path, what, table.line(row))
    rounds = rounds_of(table.frame)
    _refuse_broken(table, rounds)
    _refuse_order(table, rounds)
    _refuse_arms(table, rounds)
    size = int(codes_of(table.frame, "round_size")[rounds.starts[-1]])
    return _without_last(table, rounds, size) if rounds.counts[-1] < size else table


def rounds_of(frame: pd.DataFrame) -> RoundIndex:
    """Return the rounds of a frame; a new one begins where the round or the number is another."""
    phases = frame["phase"].cat
    ranks = np.array([PHASES.index(name) for name in phases.categories], dtype=np.int64)
    keys = {
        "session": codes_of(frame, "session"),
        "block": codes_of(frame, "block"),
        "phase": ranks[phases.codes],
        "number": codes_of(frame, "round"),
    }
    begins = codes_of(frame, "trial") == 1
    begins[:1] = True
    for values in keys.values():
        begins[1:] |= values[1:] != values[:-1]
    starts = np.flatnonzero(begins)
    counts = np.diff(np.append(starts, len(frame)))
    return RoundIndex(starts, counts, **{name: values[starts] for name, values in keys.items()})


def _refuse_broken(table: CsvTable, rounds: RoundIndex) -> None:
    """Raise BadInputError for the first row that is in the wrong place."""
    frame, starts, counts = table.frame, rounds.starts, rounds.counts
    keys = pd.DataFrame({name: getattr(rounds, name) for name in RoundIndex._fields[2:]})
    again = starts[keys.duplicated().to_numpy()]
    start_of = np.repeat(starts, counts)
    trial, size = codes_of(frame, "trial"), codes_of(frame, "round_size")
    misplaced = np.flatnonzero(trial != np.arange(len(frame)) - start_of + 1)
    other = [
        np.flatnonzero(values != values[start_of])[:1]
        for name in _SAME
        for values in [codes_of(frame, name)]
    ]
    sizes = size[starts]
    wrong = counts != sizes
    wrong[-1] = counts[-1] > sizes[-1]  # the last may be incomplete
    faults = [
        (int(row), kind)
        for kind, rows in (
            ("is in the file already", again),
            ("", misplaced),
            *zip(_SAME, other, strict=True),
            ("wrong", starts[wrong]),
        )
        for row in rows[:1]
    ]
    if not faults:
        return
    row, kind = min(faults, key=lambda fault: fault[0])
    start = int(start_of[row])
    name = _named(frame, start)
    if kind == "":
        what = f"trial: {trial[row]} where trial {row - start + 1} of {name} is due"
    elif kind in _SAME:
        what = f"{kind}: {shown(str(frame[kind].iloc[row]))} differs inside {name}"
    elif kind == "wrong":
        count = int(counts[np.searchsorted(starts, start)])
        follow = ", and others follow it" if count < size[start] else ""
        what = f"round: {name} has {count} of {size[start]} rows{follow}"
    else:
        what = f"round: {name} {kind}"
    raise restore(table.path, what, table.line(row))


def _refuse_order(table: CsvTable, rounds: RoundIndex) -> None:
    """Raise BadInputError for the first round that follows a later one of its block."""
    back = np.flatnonzero(np.diff(rounds.session) < 0) + 1
    order, same = _by_block(rounds)
    rank = rounds.phase * (int(rounds.number.max()) + 1) + rounds.number
    step = np.diff(rank[order])
    behind = np.sort(order[1:][same & (step < 0)])
    places = [int(found[0]) for found in (back, behind) if len(found)]
    if places:
        row = int(rounds.starts[min(places)])
        what = f"round: {_named(table.frame, row)} follows a later one"
        raise restore(table.path, what, table.line(row))


def _refuse_arms(table: CsvTable, rounds: RoundIndex) -> None:
    """Raise BadInputError for the first row whose arm its round has already.

    Only calibration measures a cell several times in a round.
    """
    rows = np.repeat(rounds.phase, rounds.counts) != PHASES.index("calibration")
    # One number for each arm of a round: of 10^6 trials six times as fast as to compare columns.
    round_of = np.repeat(np.arange(len(rounds.starts)), rounds.counts)
    arms = combine([round_of, *(codes_of(table.frame, name) for name in _ARM)])
    again = np.flatnonzero(rows)[pd.Series(arms[rows]).duplicated().to_numpy()]
    if len(again):
        row = int(again[0])
        start = int(rounds.starts[np.searchsorted(rounds.starts, row, side="right") - 1])
        what = f"a cell that {_named(table.frame, start)} has already"
        raise restore(table.path, what, table.line(row))


def _by_block(rounds: RoundIndex) -> tuple[Wholes, npt.NDArray[np.bool_]]:
    """Return the rounds block by block as the file has them, and which follow one of the same."""
    order = np.lexsort((rounds.starts, rounds.block, rounds.session))
    session, block = rounds.session[order], rounds.block[order]
    return order, (session[1:] == session[:-1]) & (block[1:] == block[:-1])


def _without_last(table: CsvTable, rounds: RoundIndex, size: int) -> CsvTable:
    """Return the table without its last round, which then is truncated with what follows it."""
    frame, row, count = table.frame, int(rounds.starts[-1]), int(rounds.counts[-1])
    name = _named(frame, row)
    with opened(table.path) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = end = table.truncated.start if table.truncated else len(data)
        for _ in range(count):
            start = data.rfind(b"\n", 0, start - 1) + 1
        rest = data[end:]
        length = len(data) - start
    if table.truncated and rest.count(b",") > 5:
        fields = rest.decode("utf-8", "replace").split(",")
        first = [str(frame[name].iloc[row]) for name in columns.names(columns.TRIALS)[:6]]
        if fields[:6] != first:
            what = f"round: {name} has {count} of {size} rows, and others follow it"
            raise restore(table.path, what, table.line(row))
    what = f"an incomplete round of {length} bytes: {name} has {count} of {size} rows"
    truncated = Truncated(table.line(row), start, what)
    return replace(table, frame=frame.iloc[:row].copy(), truncated=truncated)


def _named(frame: pd.DataFrame, row: int) -> str:
    one = frame.iloc[row]
    return f"round {one['round']} of {one['block']} ({one['phase']}, session {one['session']})"


def gaps(
    table: CsvTable, warm_ups: int, recorded: Mapping[int, Mapping[str, int] | None]
) -> Iterator[Gap]:
    """Yield the rounds that a trials file lacks: between others, before them, and after them.

    `warm_ups` is the number of warm-up rounds before the measured ones of each session; `recorded`
    are the sessions in run.json, each with the measured rounds of its blocks if known. A session
    without a round is a gap unless run.json says that it had none.
    """
    last: dict[tuple[int, str], dict[str, int]] = {}
    if not table.frame.empty:
        yield from _between(table, last)
    path, machine = table.path, table.path.stem
    seen = {session for session, _ in last}
    newest = max(seen, default=0)
    for session in sorted({*range(1, newest), *recorded} - seen):
        blocks = recorded.get(session)
        if blocks or (blocks is None and session < newest):
            for block in blocks or {block for _, block in last}:
                yield Gap(machine, block, f"{path}: session {session} is missing completely")
    wanted = {
        (*key, "warmup"): warm_ups for key, numbers in last.items() if "measure" in numbers
    } | {
        (session, block, "measure"): count
        for session in sorted(seen & set(recorded))
        for block, count in (recorded[session] or {}).items()
    }
    for (session, block, phase), count in wanted.items():
        ran = last.get((session, block), {}).get(phase, 0)
        if ran < count:
            said = _missing(ran + 1, count, block, phase, session)
            yield Gap(machine, block, f"{path}: {said}, but listed in {RUN}")


def _between(table: CsvTable, last: dict[tuple[int, str], dict[str, int]]) -> Iterator[Gap]:
    """Yield the gaps before rounds that are there; fill in the last number of each phase."""
    rounds = rounds_of(table.frame)
    names = list(map(str, table.frame["block"].cat.categories))
    order, same = _by_block(rounds)
    phase, number = rounds.phase[order], rounds.number[order]
    follows = np.append(False, same & (phase[1:] == phase[:-1]))
    before = np.where(follows, np.append(0, number[:-1]), 0)
    sessions, blocks = rounds.session[order], rounds.block[order]
    for at in np.flatnonzero(~np.append(follows[1:], False)):
        ends = last.setdefault((int(sessions[at]), names[blocks[at]]), {})
        ends[PHASES[phase[at]]] = int(number[at])
    for at in np.flatnonzero(number != before + 1):
        block, line = names[blocks[at]], table.line(int(rounds.starts[order[at]]))
        said = _missing(
            int(before[at]) + 1, int(number[at]) - 1, block, PHASES[phase[at]], int(sessions[at])
        )
        yield Gap(table.path.stem, block, f"{table.path}:{line}: {said} before this line")


def _missing(first: int, end: int, block: str, phase: str, session: int) -> str:
    which = f"round {first} is" if first == end else f"rounds {first} to {end} are"
    return f"{which} missing of {block} ({phase}, session {session})"


_NEEDED = ["session", "phase", "block", "status", "messages", "seconds", *_ARM]


def history_of(
    table: CsvTable,
    gate_load: float,
    recorded: Mapping[int, Mapping[str, int] | None] | None = None,
) -> History:
    """Return the history in a checked trials file.

    Above `gate_load`, in cores, a round counts as disturbed.
    `recorded` are the sessions in run.json: the next one gets the number of none of them
    that had rounds, so that what was lost of the last one stays to be seen.
    """
    frame = table.frame
    lost = [number for number, blocks in (recorded or {}).items() if blocks]
    session = max([*lost, *([int(frame["session"].max())] if len(frame) else [])], default=0)
    rounds: dict[str, list[PastRound]] = defaultdict(list)
    rates: dict[Cell, float] = {}
    failures: dict[Cell, list[Status]] = defaultdict(list)
    rows = list(frame[_NEEDED].itertuples(index=False, name=None))
    found = rounds_of(frame)
    timed_out = (frame["status"] == Status.TIMEOUT.value).to_numpy()
    figures = {name: frame[name].to_numpy(np.float64)[found.starts] for name in FIGURES}
    late = (
        np.add.reduceat(timed_out.astype(np.float64), found.starts) if len(frame) else np.zeros(0)
    )
    shown = contaminated(marks_of(figures, np.minimum(late, 1.0), gate_load)).tolist()
    for start, count, hand in zip(found.starts.tolist(), found.counts.tolist(), shown, strict=True):
        of, phase, block = rows[start][:3]
        arms: dict[Arm, float | None] = {}
        lost_one = False
        for _, _, _, status, messages, seconds, control, *axes in rows[start : start + count]:
            cell = Cell._make(axes)
            ok = status == Status.OK.value
            arms[Arm(cell, control == 1)] = math.log(messages / seconds) if ok else None
            if not ok:
                lost_one |= status == Status.LOST.value
                failures[cell].append(Status(status))
                continue
            failures.pop(cell, None)
            if phase == "calibration":
                rates[cell] = messages / seconds
        # A round with a lost trial is measured again: it does not count as one that was.
        if phase == "measure" and not lost_one:
            disturbed = None if math.isnan(hand) else hand == 1
            rounds[block].append(PastRound(of, arms, disturbed))
    return History(session, dict(rounds), rates, dict(failures))
