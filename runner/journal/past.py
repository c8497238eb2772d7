"""What a trials file already holds: its complete rounds, and where a torn tail begins."""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from runner import columns
from runner.errors import BadInputError
from runner.journal.rows import header
from runner.model import AXES, Arm, Cell, History, PastRound, Status

_AT = {name: place for place, name in enumerate(columns.names(columns.TRIALS))}
_FIRST_AXIS = _AT[AXES[0]]
_KEY = [_AT[name] for name in ("sitting", "phase", "block", "round")]
_WORKERS = AXES.index("workers")


class Line(NamedTuple):
    """A row as far as going on needs it, with its line's number."""

    number: int
    key: tuple[int, str, str, int]
    round_size: int
    arm: Arm
    status: Status
    messages: int
    seconds: float | None


class Past(NamedTuple):
    """The history in a trials file, the length of its sound part, and what must be cut, if any."""

    history: History
    sound: int
    cut: str


def read_past(path: Path) -> Past:
    """Return what `path` holds; BadInputError where more than its tail is torn."""
    with path.open("rb") as file:
        if file.readline() != header():
            message = (
                f"{path}:1: not the columns of this version of ipcmatrix: go on with the version "
                "that began the run, or begin a new one"
            )
            raise BadInputError(message)
        return _read(path, file)


def _read(path: Path, file: BinaryIO) -> Past:
    tally = _Tally()
    sound, torn = file.tell(), 0
    for group in _groups(file, sound):
        if not group.whole:
            torn = torn or group.number
            continue
        if torn:
            raise BadInputError(_damage(path, torn))
        tally.add(path, group.lines)
        sound = group.end
    rest = path.stat().st_size - sound
    return Past(tally.history(), sound, _cut(path, torn, rest) if torn else "")


def _damage(path: Path, line: int) -> str:
    return (
        f"{path}:{line}: an incomplete round with complete ones after it: the file was changed "
        "since it was written; restore it, or begin a new run"
    )


def _cut(path: Path, line: int, count: int) -> str:
    return f"{path}:{line}: cut a torn tail of {count} bytes (a round that was never completed)"


class _Group(NamedTuple):
    """Consecutive rows of one round, or one line that is no row."""

    number: int
    lines: list[Line]
    end: int
    whole: bool


def _groups(file: Iterable[bytes], start: int) -> Iterator[_Group]:
    group: list[Line] = []
    end = start
    for number, raw in enumerate(file, start=2):
        line = _parse(raw, number)
        if group and (line is None or not _continues(group, line)):
            yield _closed(group, end)
            group = []
        end += len(raw)
        if line is None:
            yield _Group(number, [], end, whole=False)
        else:
            group.append(line)
    if group:
        yield _closed(group, end)


def _continues(group: list[Line], line: Line) -> bool:
    return line.key == group[0].key and len(group) < group[0].round_size


def _closed(group: list[Line], end: int) -> _Group:
    return _Group(group[0].number, group, end, whole=len(group) == group[0].round_size)


def _parse(raw: bytes, number: int) -> Line | None:
    try:
        fields = next(csv.reader([raw.decode()], strict=True))
        if not raw.endswith(b"\n") or len(fields) != len(_AT):
            return None
        return _line(fields, number)
    except (ValueError, csv.Error, StopIteration):
        return None


def _line(fields: list[str], number: int) -> Line:
    axes: list[str | int] = list(fields[_FIRST_AXIS : _FIRST_AXIS + len(AXES)])
    axes[_WORKERS] = int(axes[_WORKERS])
    sitting, phase, block, of_block = (fields[place] for place in _KEY)
    seconds = fields[_AT["seconds"]]
    return Line(
        number,
        (int(sitting), phase, block, int(of_block)),
        int(fields[_AT["round_size"]]),
        Arm(Cell._make(axes), fields[_AT["twin"]] == "1"),
        Status(fields[_AT["status"]]),
        int(fields[_AT["messages"]]),
        float(seconds) if seconds else None,
    )


class _Tally:
    """Gathers complete rounds into a History."""

    def __init__(self) -> None:
        self.sitting = 0
        self.seen: set[tuple[int, str, str, int]] = set()
        self.rounds: dict[str, list[PastRound]] = defaultdict(list)
        self.rates: dict[Cell, float] = {}
        self.failures: dict[Cell, list[Status]] = defaultdict(list)

    def add(self, path: Path, lines: list[Line]) -> None:
        key = lines[0].key
        if key in self.seen:
            message = (
                f"{path}:{lines[0].number}: a round that stands in the file already: restore the "
                "file, or begin a new run"
            )
            raise BadInputError(message)
        self.seen.add(key)
        sitting, phase, block, _ = key
        self.sitting = max(self.sitting, sitting)
        for line in lines:
            self._note(line, phase)
        # A round with a lost trial is measured again: it does not count as one that was.
        if phase == "measure" and all(line.status is not Status.LOST for line in lines):
            rates = {line.arm: _log_rate(line) for line in lines}
            self.rounds[block].append(PastRound(sitting, rates))

    def _note(self, line: Line, phase: str) -> None:
        if line.status is not Status.OK:
            self.failures[line.arm.cell].append(line.status)
            return
        self.failures.pop(line.arm.cell, None)
        if phase == "calibration" and line.seconds:
            self.rates[line.arm.cell] = line.messages / line.seconds

    def history(self) -> History:
        return History(self.sitting, dict(self.rounds), self.rates, dict(self.failures))


def _log_rate(line: Line) -> float | None:
    if line.status is not Status.OK or not line.seconds or not line.messages:
        return None
    return math.log(line.messages / line.seconds)
