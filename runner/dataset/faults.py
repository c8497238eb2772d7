"""Where the first fault of a file lies: the slow way, taken only when the fast one found one."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runner.columns import Column
from runner.dataset.values import accepts, wanted
from runner.errors import BadInputError

_SHOWN = 40


def fault(path: Path, columns: Sequence[Column], parser: str) -> BadInputError:
    """Return the error that names line, column and value of the file's first fault.

    `parser` is what the fast reader said; it stands alone where the slow one finds nothing.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = next(_faults(csv.reader(file, strict=True), columns), None)
    except UnicodeDecodeError as error:
        text = f"byte {error.start} is not UTF-8"
    except csv.Error as error:
        text = f"is no CSV ({error})"
    where = f"{path}:{text}" if text and text[0].isdigit() else f"{path}: {text or parser}"
    return BadInputError(f"{where}: restore the file from a copy of the run")


def _faults(lines: Iterator[list[str]], columns: Sequence[Column]) -> Iterator[str]:
    header = next(lines)
    by_name = {column.name: column for column in columns}
    for number, fields in enumerate(lines, start=2):
        if len(fields) != len(header):
            yield f"{number}: {len(fields)} fields, the header has {len(header)}"
            continue
        values = dict(zip(header, fields, strict=True))
        for name, text in values.items():
            if not accepts(by_name[name], text):
                yield f"{number}: {name}: {_shown(text)} is not {wanted(by_name[name])}"
        if lack := _lack(values):
            yield f"{number}: {lack}"


def _lack(values: Mapping[str, str]) -> str:
    """Return what an ok trial lacks; "" where nothing."""
    if values.get("status") != "ok" or "seconds" not in values:
        return ""
    for name in ("seconds", "messages"):
        if not values[name] or float(values[name]) <= 0:
            return f"{name}: {_shown(values[name])} is not what an ok trial has (above 0)"
    return ""


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
