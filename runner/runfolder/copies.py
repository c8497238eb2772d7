"""A driver's copy of a part that another machine measures: rounds as they come, then its spool."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from runner.errors import BadInputError
from runner.files import Drafts, open_regular
from runner.model import OwnFile
from runner.model.parts import RoundKey
from runner.runfolder import columns
from runner.runfolder.files import TRIALS, complaint, write_whole
from runner.runfolder.head import CELLS, FILES, RUN
from runner.runfolder.journal import header


class Ledger:
    """Which rounds of a part are in: a bit mask for each session, phase and block."""

    def __init__(self) -> None:
        self._masks: dict[tuple[int, str, str], int] = {}
        self.count = 0

    def take(self, key: RoundKey) -> bool:
        """Add a round; return False where it is there already."""
        of, bit = (key.session, key.phase, key.block), 1 << key.round
        known = self._masks.get(of, 0)
        if known & bit:
            return False
        self._masks[of] = known | bit
        self.count += 1
        return True

    def holds(self, other: "Ledger") -> bool:
        """Return whether all rounds of another ledger are in."""
        return all(mask & ~self._masks.get(of, 0) == 0 for of, mask in other._masks.items())

    @property
    def blocks(self) -> set[str]:
        """The blocks that have a measured round; a part of a block counts as the block."""
        return {block.partition("/")[0] for _, phase, block in self._masks if phase == "measure"}


def ledger_of(data: bytes) -> Ledger:
    """Return the ledger of a trials file's content, which ends with a whole line."""
    made = Ledger()
    _note(made, data[data.find(b"\n") + 1 :])
    return made


KEY = ("session", "phase", "block", "round")


def _note(ledger: Ledger, lines: bytes) -> None:
    """Take in the rounds of whole lines, without the header."""
    names = columns.names(columns.TRIALS)
    places = [names.index(name) for name in KEY]
    for row in csv.reader(io.StringIO(lines.decode("utf-8", "replace"))):
        session, phase, block, number = (row[place] for place in places)
        ledger.take(RoundKey(int(session), phase, block, int(number)))


def whole_rounds(data: bytes) -> bytes:
    """Return a trials file's content without a last line, and a last round, that lacks its end."""
    begin = data.find(b"\n") + 1
    return data[: begin + _whole(data[begin:])]


def _whole(lines: bytes) -> int:
    """Return the length of lines, which begin with a round, up to the end of the last whole one."""
    end = lines.rfind(b"\n") + 1
    if not end:
        return 0
    names = columns.names(columns.TRIALS)
    start = lines.rfind(b"\n", 0, end - 1) + 1
    last = next(csv.reader([lines[start:end].decode("utf-8", "replace")]))
    trial, size = (int(last[names.index(name)]) for name in ("trial", "round_size"))
    if trial == size:
        return end
    for _ in range(trial - 1):
        start = lines.rfind(b"\n", 0, max(0, start - 1)) + 1
    return start


class WholeRounds:
    """The whole rounds of a trials file, which comes in pieces: their ledger, length and digest."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.size = 0
        self._digest = hashlib.sha256()

    def whole(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what is whole of the pieces that come next; what lacks its end is left out."""
        rest = b""
        for piece in pieces:
            data = rest + piece
            begin = 0 if self.size else data.find(b"\n") + 1  # after the header
            if self.size or begin:
                end = begin + _whole(data[begin:])
                _note(self.ledger, data[begin:end])
                self.grow(data[:end])
                yield data[:end]
                data = data[end:]
            rest = data

    def grow(self, data: bytes) -> None:
        """Count bytes whose rounds are in the ledger already."""
        self.size += len(data)
        self._digest.update(data)

    @property
    def digest(self) -> str:
        """The digest of the first `size` bytes."""
        return self._digest.hexdigest()


DAMAGE = (ValueError, IndexError, csv.Error)
"""What the reading of lines raises that are no trials."""
PIECE = 4 << 20
"""Bytes of a file that are in memory at once."""


class PartCopy:
    """The run folder of a part, made from what its machine sends."""

    def __init__(self, folder: Path, part: str, machine: str, own: Sequence[OwnFile] = ()) -> None:
        self.folder = folder
        self._own = own
        self.part = part
        self.machine = machine
        self.trials = folder / TRIALS / f"{machine}.csv"
        self._rounds = WholeRounds()
        if self.trials.exists():
            try:
                with complaint(self.trials), self._open() as file:
                    for _ in self._rounds.whole(iter(lambda: file.read(PIECE), b"")):
                        pass
                    file.truncate(self._rounds.size)  # we were killed while we wrote the rest
            except DAMAGE as error:
                message = (
                    f"{self.trials}: holds lines that are not trials ({error}): remove the file; "
                    f"the spool of {machine} has what it held"
                )
                raise BadInputError(message) from error

    @property
    def ledger(self) -> Ledger:
        """Which rounds are in."""
        return self._rounds.ledger

    @property
    def begun(self) -> bool:
        """Whether it is a run folder."""
        return (self.folder / RUN).exists()

    def begin(self, run: str, cells: bytes) -> None:
        """Make the folder, or take in what run.json says now."""
        self._check(run)
        if not (self.folder / CELLS).exists():
            with complaint(self.folder):
                (self.folder / TRIALS).mkdir(parents=True, exist_ok=True)
            write_whole(self.folder, CELLS, cells)
            for one in self._own:
                write_whole(self.folder, f"{FILES}/{one.path.removeprefix('./')}", one.content)
        if not self.trials.exists():
            self._replace([header()], run)
        self.note(run)

    def note(self, run: str) -> None:
        """Take in run.json."""
        self._check(run)
        write_whole(self.folder, RUN, run.encode())

    def add(self, name: str, data: bytes) -> None:
        """Take in another file of the part."""
        write_whole(self.folder, name, data)

    def _check(self, run: str) -> None:
        try:
            head: Any = json.loads(run)
            same = (head["run"], head["machine"]) == (self.part, self.machine)
        except (ValueError, TypeError, KeyError):
            same = False
        if not same:
            message = f"{self.machine}: sent a run.json that is not of {self.part}"
            raise BadInputError(message)

    def append(self, rounds: Iterable[tuple[RoundKey, str]]) -> int:
        """Add the rounds that are not in; return their number once the disk has them."""
        if not self.begun:
            return 0
        ledger = self.ledger
        fresh = [rows for key, rows in rounds if rows.endswith("\n") and ledger.take(key)]
        if data := "".join(fresh).encode():
            self._add([data])
            self._rounds.grow(data)
        return len(fresh)

    def _add(self, pieces: Iterable[bytes]) -> None:
        with complaint(self.trials), self._open() as file:
            file.seek(self._rounds.size)
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())

    def state(self) -> tuple[int, str]:
        """Return the length of the trials and their digest; 0 and "" without any."""
        return (self._rounds.size, self._rounds.digest) if self.begun else (0, "")

    def take(self, run: str, begin: int, pieces: Iterable[bytes]) -> int:
        """Take in a spool's run.json, and its trials from the byte `begin` on.

        Returns the rounds that were lacking. `begin` is 0, or the length of what we have where that
        is what the spool begins with.
        BadInputError where the spool lacks rounds that we have: it is not the one that began.
        """
        before = self.ledger.count
        try:
            if begin:
                self.note(run)  # first: rounds of a session that it lacks could not be read
                self._add(self._rounds.whole(pieces))
            else:
                self._replace(pieces, run)
        except DAMAGE as error:
            message = (
                f"{self.machine}: its spool of {self.part} is damaged ({error}): begin a new run"
            )
            raise BadInputError(message) from error
        return self.ledger.count - before

    def _replace(self, pieces: Iterable[bytes], run: str) -> None:
        """Put other trials, and their run.json, in place together, where they lack nothing."""
        self._check(run)
        found = WholeRounds()
        with complaint(self.trials), Drafts(self.folder, durable=True) as drafts:
            drafts.write(RUN, run)
            with drafts.open(str(self.trials.relative_to(self.folder))) as file:
                file.writelines(found.whole(pieces))
            if not found.ledger.holds(self.ledger):
                message = (
                    f"{self.machine}: its spool lacks rounds of {self.part} that it sent: give it "
                    "back the spool with which it began, or begin a new run"
                )
                raise BadInputError(message)
        self._rounds = found

    def _open(self) -> BinaryIO:
        return os.fdopen(open_regular(self.trials, self.folder, os.O_RDWR), "r+b")


def owners(copies: Iterable[PartCopy]) -> dict[str, str]:
    """Return the machine that measured each block."""
    return {block: one.machine for one in copies for block in one.ledger.blocks}
