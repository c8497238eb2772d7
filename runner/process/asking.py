"""The answers of an interpreter: lines of ours in a stream into which others print too.

All code that runs in it shares its stdout: a sitecustomize, a wrapper's banner, a plug-in. Our
lines begin with a mark made for this stream; all others are skipped.
"""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from runner.process.privacy import tilde
from runner.process.running import run

FLAGS = ("-B", "-s")
"""Flags of every measured interpreter: no bytecode is written, nothing of the user's is read.

No -I and no -E: the environment is made from nothing (`clean_environment`), and what is in it, and
what a wrapper of the interpreter adds, is meant (docs/adr/0019).
"""
LONGEST_LINE = 8 * 1024**2
MOST_SKIPPED = 64 * 1024**2
"""Bytes between two lines of ours after which no line of ours is waited for any more."""
SHOWN = 160


class UnansweredError(Exception):
    """An interpreter did not answer; the message says why, without private paths."""


class FloodError(Exception):
    """A stream holds too much that is not ours; the message shows its end."""


def fresh_mark() -> str:
    """Return a mark that no other program prints at the start of a line; its length is constant."""
    return f"{secrets.token_hex(8)}:"


class MarkedLines:
    """Puts a stream together to lines, and gives those that begin with `mark` and a brace.

    Skipped text is not kept: memory is bounded by LONGEST_LINE.
    """

    def __init__(self, mark: str) -> None:
        self._start = f"\n{mark}{{".encode("ascii")
        self._rest = b"\n"  # what may still become a line of ours, with the end of the line before
        self._skipped = 0
        self._shown = b""

    def feed(self, fragment: bytes) -> list[bytes]:
        """Return our lines that `fragment` completes, without mark and end; raise FloodError."""
        stream = self._rest + fragment
        ours = []
        begin = stream.find(self._start)
        ended = 0
        while begin >= 0:
            end = stream.find(b"\n", begin + 1)
            if end < 0:
                self._rest = stream[begin:]
                break
            ours.append(stream[begin + len(self._start) - 1 : end])
            ended = end
            begin = stream.find(self._start, end)
        else:
            others = stream[ended:]
            self._shown = (self._shown + others[len(self._rest) if not ended else 0 :])[-SHOWN:]
            self._rest = others[1 - len(self._start) :]
        self._skipped = 0 if ours else self._skipped + len(fragment)
        if len(self._rest) > LONGEST_LINE:
            message = f"one line is longer than {LONGEST_LINE} bytes: {_shown(self._rest[-SHOWN:])}"
            raise FloodError(message)
        if self._skipped > MOST_SKIPPED:
            message = f"more than {MOST_SKIPPED} bytes, and no answer among them: {self.others}"
            raise FloodError(message)
        return ours

    @property
    def others(self) -> str:
        """The last line that others printed, or its end, quoted; "" where there was none."""
        last = self._shown.strip().rpartition(b"\n")[2]
        return _shown(last) if last else ""


def _shown(line: bytes) -> str:
    return ascii(line.decode("utf-8", errors="backslashreplace"))


def ask(path: str | Path, script: str, timeout: float) -> Mapping[str, object]:
    """Return what `script` leaves in its variable `answer`; raise UnansweredError.

    The script must be fit for every Python from 2.7 on, and the answer for JSON.
    """
    mark = fresh_mark()
    lines = MarkedLines(mark)
    answers: list[bytes] = []

    def heard(piece: bytes) -> bool:
        answers.extend(lines.feed(piece))
        return bool(answers)

    try:
        finished = run(
            [path, *FLAGS, "-c", question(script, mark)],
            timeout=timeout,
            take=heard,
        )
    except FloodError as error:
        message = tilde(f"it does not stop printing: {error}")
        raise UnansweredError(message) from error
    if answers:
        return _parsed(answers[0])
    if finished.timed_out:
        message = f"it did not answer within {timeout:g} s"
        raise UnansweredError(message)
    last = finished.err.strip().rpartition("\n")[2][:300] or lines.others
    if finished.ok:
        message = f"it answered what no Python answers: {tilde(lines.others) or 'nothing'}"
    else:
        said = f": {last}" if last else " and said nothing"
        message = tilde(f"it ended with code {finished.code}{said}")
    raise UnansweredError(message)


def question(script: str, mark: str) -> str:
    """Return the program that runs `script` and prints its `answer` as a marked line of its own.

    `-c` has put the current folder on sys.path: nothing is imported before that is undone.
    """
    return f"""\
import sys
sys.path[:] = [entry for entry in sys.path if entry]
mark = {mark!r}
{script}
import json, os
try:
    sys.stdout.flush()
except Exception:
    pass
os.write(1, ("\\n" + mark + json.dumps(answer) + "\\n").encode("ascii"))
"""


def answer_in(output: bytes, mark: str) -> Mapping[str, object]:
    """Return the answer to `question` in what an interpreter has written; raise UnansweredError."""
    lines = MarkedLines(mark)
    try:
        answers = lines.feed(output)
    except FloodError as error:
        raise UnansweredError(str(error)) from error
    if not answers:
        message = f"it answered what no Python answers: {tilde(lines.others) or 'nothing'}"
        raise UnansweredError(message)
    return _parsed(answers[0])


def _parsed(line: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(line)
    except ValueError as error:
        message = f"its answer is not JSON: {line[:100].decode(errors='replace')!a}"
        raise UnansweredError(message) from error
    assert isinstance(value, dict)  # it begins with a brace
    return value
