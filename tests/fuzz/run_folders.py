"""Run folders with a few bytes, fields, lines or values changed: read, or refused by file."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from runner import analysis
from runner.errors import BadInputError
from runner.runfolder import dataset
from tests.fuzz.target import Target, folder, write

KEPT = Path(__file__).parents[1] / "data" / "aa"
ROWS = 41
"""Lines of the trials file that are kept: a small file is read a hundred times a second."""
ODD = [
    *("", "0", "-1", "1.5", "1e400", "nan", "inf", "true", "null", "0x10", "1_0", "9" * 5000, " 1"),
    *("yesterday", "2026-01-01T00:00:00Z", "ok", "measure", "lost", "pipe", "=1+1", "@", "\u202e"),
    *("\x00", "\x1b[2J", "\r", '"', "1;2", "3.10", "\ud800".encode("utf-8", "ignore").decode()),
]
WORDS = st.one_of(st.sampled_from(ODD), st.text(max_size=6))
VALUES = st.one_of(WORDS, st.none(), st.integers(), st.floats(), st.just([]), st.just({}))
BYTES = st.one_of(WORDS.map(lambda word: word.encode("utf-8", "replace")), st.binary(max_size=6))


@cache
def kept(run: str = "first") -> Mapping[str, bytes]:
    """Return the files of a small sound run by name."""
    files = {
        str(path.relative_to(KEPT / run)): path.read_bytes()
        for path in (KEPT / run).rglob("*")
        if path.is_file()
    }
    (trials,) = (name for name in files if name.startswith("trials/"))
    files[trials] = b"".join(files[trials].splitlines(keepends=True)[:ROWS])
    return files


@st.composite
def changed_files(draw: st.DrawFn, made: Callable[[], Mapping[str, bytes]]) -> dict[str, bytes]:
    """Return the files of one run or more with a few changes."""
    files = dict(made())
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(sorted(files)))
        way = draw(st.sampled_from(["bytes", "field", "field", "line", "line", "cut", "value"]))
        if name.endswith(".json") and way in ("field", "value", "line"):
            files[name] = other_value(draw, files[name])
        elif way == "field":
            files[name] = _other_field(draw, files[name])
        elif way == "line":
            files[name] = _other_lines(draw, files[name])
        else:
            begin = draw(st.integers(0, len(files[name])))
            end = len(files[name]) if way == "cut" else begin + draw(st.integers(0, 6))
            files[name] = files[name][:begin] + draw(BYTES) + files[name][end:]
    return files


def other_value(draw: st.DrawFn, text: bytes) -> bytes:
    """Return JSON with one value changed or taken away."""
    try:
        tree = json.loads(text)
    except ValueError:
        return text
    holder: Any = tree
    while isinstance(holder, dict | list) and holder:
        key = draw(
            st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder)))
        )
        below = holder[key]
        if not isinstance(below, dict | list) or not below or draw(st.booleans()):
            if isinstance(holder, dict) and draw(st.booleans()):
                del holder[key]
            else:
                holder[key] = draw(VALUES)
            break
        holder = below
    return json.dumps(tree).encode("utf-8", "replace")


def _other_field(draw: st.DrawFn, text: bytes) -> bytes:
    try:
        rows = list(csv.reader(io.StringIO(text.decode(), newline="")))
    except (ValueError, csv.Error):
        return text
    row = draw(st.sampled_from(rows or [[""]]))
    if row:
        row[draw(st.integers(0, len(row) - 1))] = draw(WORDS)
    made = io.StringIO(newline="")
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue().encode("utf-8", "replace")


def _other_lines(draw: st.DrawFn, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    at = draw(st.integers(0, len(lines) - 1))
    to = draw(st.integers(0, len(lines) - 1))
    way = draw(st.sampled_from(["remove", "twice", "swap", "blank", "sort"]))
    if way == "remove":
        del lines[at]
    elif way == "twice":
        lines.insert(to, lines[at])
    elif way == "swap":
        lines[at], lines[to] = lines[to], lines[at]
    elif way == "blank":
        lines.insert(at, b"\n")
    else:
        lines[1:] = sorted(lines[1:])
    return b"".join(lines)


def read(files: Mapping[str, bytes]) -> str:
    """Write the files as a run folder, read it, and analyse what is accepted."""
    place = folder("run") / "run"
    write(place, files)
    try:
        data = dataset.load([place])
    except BadInputError as error:
        said = str(error)
    else:
        analysis.analyse(data)
        return "read, with notes" if data.truncated else "read"
    assert str(place) in said.splitlines()[0]
    return "refused"


RUN_FOLDER = Target(changed_files(kept), read)
