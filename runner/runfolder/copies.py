"""A driver's copy of a part that another machine measures: rounds as they come, then its spool."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from runner.errors import BadInputError
from runner.files import open_regular, put, read
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
        """Take a round in; False where it is in already."""
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
    names = columns.names(columns.TRIALS)
    places = [names.index(name) for name in KEY]
    rows = csv.reader(io.StringIO(data.decode("utf-8", "replace")))
    next(rows, None)
    for row in rows:
        session, phase, block, number = (row[place] for place in places)
        made.take(RoundKey(int(session), phase, block, int(number)))
    return made


KEY = ("session", "phase", "block", "round")


def whole_rounds(data: bytes) -> bytes:
    """Return a trials file's content without a last line, and a last round, that lacks its end."""
    data = data[: data.rfind(b"\n") + 1]
    names = columns.names(columns.TRIALS)
    start = data.rfind(b"\n", 0, len(data) - 1) + 1
    if not start:
        return data  # the header
    last = next(csv.reader([data[start:].decode("utf-8", "replace")]))
    trial, size = (int(last[names.index(name)]) for name in ("trial", "round_size"))
    if trial == size:
        return data
    for _ in range(trial - 1):
        start = data.rfind(b"\n", 0, start - 1) + 1
    return data[:start]


class PartCopy:
    """The run folder of a part, made from what its machine sends."""

    def __init__(self, folder: Path, part: str, machine: str, own: Sequence[OwnFile] = ()) -> None:
        self.folder = folder
        self._own = own
        self.part = part
        self.machine = machine
        self.trials = folder / TRIALS / f"{machine}.csv"
        self.ledger = Ledger()
        if self.trials.exists():
            with complaint(self.trials):
                data = read(self.trials, folder)
            if (kept := whole_rounds(data)) != data:  # we were killed while we wrote it
                self._replace(kept)
            self.ledger = ledger_of(kept)

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
            self._replace(header())
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

    def append(self, key: RoundKey, rows: str) -> bool:
        """Add a round where it is not in; True once the disk has it."""
        if not self.begun or not rows.endswith("\n") or not self.ledger.take(key):
            return False
        with complaint(self.trials):
            handle = open_regular(self.trials, self.folder, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(handle, rows.encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        return True

    def state(self) -> tuple[int, str]:
        """Return the length of the trials and their digest; 0 and "" without any."""
        if not self.begun:
            return 0, ""
        with complaint(self.trials):
            data = read(self.trials, self.folder)
        return len(data), hashlib.sha256(data).hexdigest()

    def take(self, begin: int, data: bytes) -> int:
        """Take in a spool's trials from the byte `begin` on; return the rounds that were lacking.

        BadInputError where the spool lacks rounds that we have: it is not the one that began.
        """
        with complaint(self.trials):
            before = read(self.trials, self.folder) if self.trials.exists() else header()
        whole = whole_rounds(before[:begin] + data)
        found = ledger_of(whole)
        if not found.holds(self.ledger):
            message = (
                f"{self.machine}: its spool lacks rounds of {self.part} that it sent: give it back "
                "the spool with which it began, or begin a new run"
            )
            raise BadInputError(message)
        lacking = found.count - self.ledger.count
        if whole != before:
            self._replace(whole)
        self.ledger = found
        return lacking

    def _replace(self, data: bytes) -> None:
        with complaint(self.trials):
            put(self.trials, data, self.folder)


def owners(copies: Iterable[PartCopy]) -> dict[str, str]:
    """Return the machine that measured each block."""
    return {block: one.machine for one in copies for block in one.ledger.blocks}
