"""Whether the rows of a trials file are such that a report would take them."""

import csv
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from runner import columns
from runner.errors import BadInputError
from runner.format import CARRIAGE_RETURN, restore
from runner.format.values import accepts, lack, told

_NAMES = columns.names(columns.TRIALS)


def refuse_other_ends(path: Path) -> None:
    """Raise BadInputError for a file whose lines end with CR LF: what is added would differ."""
    with path.open("rb") as file:
        if file.readline().endswith(b"\r\n"):
            message = f"{path}:1: {CARRIAGE_RETURN}"
            raise BadInputError(message)


def check_rows(path: Path, size: int) -> None:
    """Raise BadInputError, with line and column, for the first bad value in `size` bytes of rows.

    The rules are those of a report: no time goes into measuring what cannot be reported.
    """
    known = lru_cache(maxsize=1 << 16)(_said)
    with path.open("rb") as file:
        for number, fields in _rows(file, size):
            for place, text in enumerate(fields):
                if said := (known if len(text) < 16 else _said)(place, text):
                    raise restore(path, said, number)
            if said := lack(dict(zip(_NAMES, fields, strict=True))):
                raise restore(path, said, number)


def _rows(file: BinaryIO, size: int) -> Iterator[tuple[int, list[str]]]:
    """Yield number and fields of each line that ends within `size` bytes, but for the header."""
    end = len(file.readline())
    for number, raw in enumerate(file, start=2):
        end += len(raw)
        if end > size:
            return
        if fields := _fields(raw):
            yield number, fields


def _fields(raw: bytes) -> list[str]:
    """Return the fields of a row; none of a line that is no row, which the history tells."""
    try:
        fields = next(csv.reader([raw.decode()], strict=True))
    except (ValueError, csv.Error, StopIteration):
        return []
    return fields if len(fields) == len(_NAMES) else []


def _said(place: int, text: str) -> str:
    column = columns.TRIALS[place]
    return "" if accepts(column, text) else told(column, text)
