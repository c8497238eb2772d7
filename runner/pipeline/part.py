"""The hidden verb `part`: measures one share of a run on this machine for a driver elsewhere.

The request is the first line of stdin; a line `stop`, or the end of stdin, ends the session after
the trials under way. Answers are lines of JSON on stdout: `begin` with the part's run.json, `round`
for each round that the spool has, `heard` for what a listener hears, and at last `end`, `plan` or
`error`. A driver that reads them slowly, or not at all, holds up no measurement.
"""

import json
import os
import queue
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner import matrix, measure, process
from runner.cluster.meeting import packed, unpacked
from runner.errors import BadInputError, EnvironmentLacksError, IpcmatrixError
from runner.machine.lock import machine_lock
from runner.matrix.names import file_and_function
from runner.measure import Outcome, Progress
from runner.model import Catalogue, Cell, Matrix, OwnFile, Row
from runner.model.parts import Message, PackedFile, PartRequest
from runner.pipeline import one_machine
from runner.pipeline.places import Prepared, opened
from runner.pipeline.progress import catalogue, gave_up, how_far
from runner.pipeline.reading import vocabulary
from runner.pipeline.sharding import restricted, spread
from runner.report import figures
from runner.report.contexts import block_words, cell_words
from runner.runfolder.head import CELLS, RUN, run_json

MOST_WAITING = 256
"""Lines that wait for a reader; of more, rounds are dropped: the spool has them."""
LEAVE_WITHIN = 5.0
"""Seconds for a reader to take the last lines."""


class Lines:
    """Lines for stdout, written by a thread of their own: a reader that stops holds nothing up."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._waiting: queue.Queue[bytes | None] = queue.Queue()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        with suppress(OSError, ValueError):  # nobody reads any more
            while (line := self._waiting.get()) is not None:
                while line:
                    line = line[os.write(self._out, line) :]

    def say(self, kind: str, **content: Any) -> None:
        """Write a message; rounds and what was heard are dropped while too many wait."""
        if kind in ("round", "heard") and self._waiting.qsize() >= MOST_WAITING:
            return
        self._waiting.put(json.dumps({"kind": kind, **content}).encode() + b"\n")

    def close(self) -> None:
        """Wait a little for the last lines to be read."""
        self._waiting.put(None)
        self._thread.join(LEAVE_WITHIN)


class Heard(measure.Listener):
    """Hands on what a listener hears, in words."""

    def __init__(self, lines: Lines, known: Catalogue) -> None:
        self._lines = lines
        self._known = known

    def calibrating(self, cell: Cell, number: int, of: int) -> None:
        """A cell is calibrated."""
        what = f"{number} of {of}, {cell_words(cell, self._known)}"
        self._lines.say("heard", state="calibrating", what=what)

    def round_done(self, progress: Progress) -> None:
        """A round is in the journal."""
        what = f"{block_words(progress.block, self._known)}: {how_far(progress)}"
        self._lines.say("heard", state="measuring", what=what)

    def gave_up(self, cell: Cell, reason: str) -> None:
        """A cell is left out from now on."""
        self._lines.say("heard", state="gave up", what=gave_up(cell, reason, self._known))

    def waiting(self, reason: str, seconds: float) -> None:
        """Nothing is measured for a while."""
        what = f"{reason}, up to {figures.duration(seconds)}"
        self._lines.say("heard", state="waiting", what=what)


def part() -> int:
    """Answer the request on stdin; return the exit code."""
    # Descriptors, no files: a thread that holds a file's lock at the end of all would abort us.
    lines = Lines(os.dup(1))
    os.dup2(2, 1)  # whatever else prints must not stand between our lines
    try:
        with measure.stop_on_signals() as stop:
            request, more = _request()
            if more:  # the driver has changed its mind already
                stop.note(0, None)
            threading.Thread(target=_stop_later, args=(stop,), daemon=True).start()
            _answer(request, stop, lines)
            return 0
    except IpcmatrixError as error:
        message = [process.anonymous(str(line)) for line in error.args]
        lines.say("error", code=error.exit_code, lines=message)
        return error.exit_code
    finally:
        lines.close()


def _request() -> tuple[PartRequest, bytes]:
    """Return the request, and what came behind it."""
    text = b""
    while b"\n" not in text and (piece := os.read(0, 1 << 16)):
        text += piece
    try:
        line, _, more = text.partition(b"\n")
        return PartRequest.decoded(line.decode()), more
    except ValueError as error:
        message = f"the request is of another version: {error}: use one version everywhere"
        raise BadInputError(message) from error


def _stop_later(stop: measure.Stop) -> None:
    """Request a stop at the next input, or at its end: then nobody waits for results any more."""
    with suppress(OSError):
        os.read(0, 1)
    if not stop():
        stop.note(0, None)


def matrix_of(request: PartRequest) -> Matrix:
    """Return the matrix of a request; BadInputError lists what is wrong in it."""
    files = tuple(map(_own_file, request.files))
    known = vocabulary(files)
    loaded = matrix.parse(request.text, request.source, known, request.profile or None, files)
    given: Mapping[str, Any] = request.flags
    try:
        flags = matrix.Flags(**given)
    except TypeError as error:
        message = f"the flags of the request are of another version: {error}: use one everywhere"
        raise BadInputError(message) from error
    return matrix.override(loaded, flags, known)


def _own_file(sent: PackedFile) -> OwnFile:
    try:
        file_and_function(f"{sent.path}:name" if sent.path.endswith(".py") else sent.path)
        content = unpacked(sent.content)
    except ValueError as error:
        message = f"a file of the request is not one of this version: {error}"
        raise BadInputError(message) from error
    return OwnFile(sent.path, content, tuple(sent.functions), sent.plugin)


def _answer(request: PartRequest, stop: measure.Stop, lines: Lines) -> None:
    wanted = matrix_of(request)
    with machine_lock(), opened(wanted) as prepared:
        if request.ask == "plan":
            lines.say("plan", **_planned(prepared, request))
            return
        plan, settings = prepared.plan, replace(wanted.measure, budget=request.budget)
        if request.blocks is not None:
            plan = restricted(plan, request.blocks)
            if lost := {*request.blocks} - {block.id for block in plan.blocks}:
                message = f"{min(lost)} cannot be measured here any more: see `ipcmatrix plan`"
                raise EnvironmentLacksError(message)
        asked = replace(prepared, plan=plan, matrix=replace(prepared.matrix, measure=settings))
        _measure(asked, request, stop, lines)


def _planned(prepared: Prepared, request: PartRequest) -> Message:
    """Return what this machine can measure: groups of blocks, builds, and what kind it is."""
    known = one_machine.known_of(prepared, request.machine, request.command)
    found = spread(prepared.plan, prepared.matrix)
    blocks = {
        "groups": [list(group) for group in found.grouped],
        "needs": {
            block.id: sorted({arm.cell.python for arm in block.arms})
            for block in prepared.plan.blocks
        },
    }
    return {
        "blocks": packed(json.dumps(blocks).encode()),  # of 10^5 blocks 15 MB otherwise
        "seconds": [round(one, 1) for one in found.seconds],
        "plan": found.digest,
        "pythons": known["interpreter_ids"],
        "notes": [*prepared.notes, *(f"left out: {lost}" for lost in prepared.left_out)],
    }


def _measure(prepared: Prepared, request: PartRequest, stop: measure.Stop, lines: Lines) -> None:
    spool = Path(request.spool)
    folder = spool / request.part
    known = one_machine.known_of(prepared, request.machine, request.command)
    known = {**known, "clock_ahead_seconds": request.ahead}
    if (folder / RUN).exists():
        journal, history = one_machine.resume(prepared, folder, request.machine, known)
    else:
        journal, history = one_machine.begin(prepared, spool, request.part, request.machine, known)
    with journal:
        cells = (folder / CELLS).read_bytes()
        number, session = 0, 0

        def begin() -> None:
            lines.say("begin", run=run_json(journal.run).decode(), cells=packed(cells))

        def taken(rows: Sequence[Row], data: bytes) -> None:
            nonlocal number, session
            number += 1
            first = rows[0]
            if first.session != session:  # no reader takes rounds of a session that is not listed
                session = first.session
                begin()
            key = [first.session, first.phase, first.block.id, first.round]
            lines.say("round", number=number, key=key, rows=data.decode())

        begin()
        heard = Heard(lines, catalogue(prepared))
        outcome = one_machine.measure_part(
            prepared, journal, history, stop, heard, taken, (os.getppid(),)
        )
        lines.say("end", run=run_json(journal.run).decode(), rounds=number, **_ended(outcome))


def _ended(outcome: Outcome) -> Mapping[str, Any]:
    return {
        "ending": outcome.ending.name.lower(),
        "sessions": list(outcome.sessions),
        "unreached": [block.id for block in outcome.unreached],
        "measured": outcome.measured,
        "given_up": {" ".join(map(str, cell)): why for cell, why in outcome.given_up.items()},
        "blocks": len(outcome.blocks),
        "precise": sum(end.precise for end in outcome.blocks),
        "seconds": outcome.seconds,
        "timed": outcome.timed,
    }
