"""What an interpreter says of itself: a script is run in it, and its answer found in its output."""

import json
from collections.abc import Mapping
from pathlib import Path

from runner.process.lines import FloodError, MarkedLines, fresh_mark
from runner.process.privacy import tilde
from runner.process.running import run

FLAGS = ("-B", "-s")
"""What every measured interpreter is started with: no bytecode written, nothing of the user's.

No -I and no -E: the environment is made from nothing (`clean_environment`), and what is in it, and
what a wrapper of the interpreter adds, is meant (docs/adr/0019).
"""


class UnansweredError(Exception):
    """An interpreter did not say what it was asked; the message says why, fit to be published."""


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
