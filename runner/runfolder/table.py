"""One CSV file of a run folder, read with explicit types and checked value by value."""

import csv
import io
import mmap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from runner.errors import BadInputError
from runner.runfolder.columns import LARGEST, SHORTEST, CsvColumn, names, shown
from runner.runfolder.files import CARRIAGE_RETURN, not_utf8, opened, restore

_BOM = b"\xef\xbb\xbf"
_BLANKS = (b", ", b" ,", b",\t", b"\t,")
_STRANGE = (b"\r", b"\0", b" ", b"\t")
"""Bytes of which a file of numbers and names has none: see _refuse_raw."""
_FIGURES = ("float", "whole", "flag")
_NAMED = 5
"""Columns that a message names; of more it says how many."""


@dataclass(frozen=True, slots=True)
class Truncated:
    """What the end of a file has that was never completed: from which line and byte, and what."""

    line: int
    start: int
    what: str


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file's complete rows, and the incomplete end, if any."""

    path: Path
    frame: pd.DataFrame
    truncated: Truncated | None = None

    def line(self, row: int) -> int:
        """Return the line of the file that holds a row; rows are one line each."""
        return row + 2


def read_table(path: Path, wanted: Sequence[CsvColumn]) -> CsvTable:
    """Return the rows of a file with the given columns, in the given order.

    A column that was added to the format and that the file lacks is unknown in every row: NaN, or
    an empty text. A last line without its end is left out, and named in `truncated`.
    Raises BadInputError for a file that is missing or empty, for other columns or another order of
    them and, with line and column, for the first value that is not of its column's kind.
    """
    try:
        with opened(path) as file:
            header = file.readline()
            size = file.seek(0, io.SEEK_END)
            if not size:
                raise restore(path, "is empty")
            with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as data:
                whole = data.rfind(b"\n") + 1
                columns = _present(path, header, wanted)
                if not whole:
                    raise restore(path, "the header is truncated", 1)
                truncated = None
                if whole < size:
                    what = f"a truncated last line of {size - whole} bytes"
                    truncated = Truncated(data[:whole].count(b"\n") + 1, whole, what)
                file.seek(0)
                rows = _Upto(file, whole, _first_row(columns))
                try:
                    frame = _parse(rows, columns)
                except (ValueError, OverflowError) as error:
                    _refuse_raw(path, data, whole, columns)
                    raise _fault(path, data[:whole], columns, str(error)) from error
                if rows.strange:
                    _refuse_raw(path, data, whole, columns)
    except OSError as error:
        raise restore(path, error.strerror or "cannot be read") from error
    return CsvTable(path, _completed(frame, wanted), truncated)


def _present(path: Path, line: bytes, columns: Sequence[CsvColumn]) -> Sequence[CsvColumn]:
    """Return the columns that a file has: all but those that were added since it was written."""
    if line.endswith(b"\r\n"):
        message = f"{path}:1: {CARRIAGE_RETURN}"
        raise BadInputError(message)
    if line.startswith(_BOM):
        raise restore(path, "begins with a byte-order mark, which the journal does not write", 1)
    try:
        found = line.decode().rstrip("\n").split(",")
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from error
    present = [column for column in columns if column.name in found or not column.added]
    wanted = names(tuple(present))
    if found == wanted:
        return present

    def few(found: Sequence[str]) -> str:
        said = [name if name.isidentifier() else shown(name) for name in found[:_NAMED]]
        more = [f"and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
        return ", ".join(said + more)

    faults = {
        "lacks": [name for name in wanted if name not in found],
        "unknown": sorted(set(found) - set(wanted)),
        "doubled": sorted({name for name in found if found.count(name) > 1}),
        "in another order": [] if sorted(found) != sorted(wanted) else found,
    }
    said = "; ".join(f"{what}: {few(which)}" for what, which in faults.items() if which)
    message = (
        f"{path}:1: header: {said}: restore the file, or read it with the version that wrote it"
    )
    raise BadInputError(message)


def _refuse_raw(path: Path, data: mmap.mmap, whole: int, columns: Sequence[CsvColumn]) -> None:
    """Raise BadInputError for bytes among the first `whole` that no journal writes.

    That is a line that ends with CR LF, which --resume could not add to; a NUL, where the parser
    would cut the field; and a number next to a blank, which the parser would ignore.
    """
    if 0 <= (place := data.find(b"\r")) < whole:
        message = f"{path}:{_line(data, place)}: {CARRIAGE_RETURN}"
        raise BadInputError(message)
    if 0 <= (place := data.find(b"\0")) < whole:
        column = next((name for name, text in _fields(data, place) if "\0" in text), "header")
        raise restore(path, f"{column}: holds a NUL byte", _line(data, place))
    figures = {column.name: column for column in columns if column.kind in _FIGURES}
    for place in _blanks(data, whole):
        for name, text in _fields(data, place):
            if name in figures and not figures[name].accepts(text):
                raise restore(path, figures[name].refusal(text), _line(data, place))


def _blanks(data: mmap.mmap, whole: int) -> Iterator[int]:
    """Yield a place on every line that has a blank next to a comma.

    To look for one byte is ten times faster than for two, and few lines hold a blank at all.
    """
    for blank in (b" ", b"\t"):
        place = data.find(blank)
        while 0 <= place < whole:
            start, end = data.rfind(b"\n", 0, place) + 1, data.find(b"\n", place)
            line = data[start:end]
            if any(one in line for one in _BLANKS):
                yield place
            place = data.find(blank, end)


def _fields(data: mmap.mmap, place: int) -> Iterator[tuple[str, str]]:
    """Yield name and text of the fields of the line at the place, as far as they are known."""
    header = data[: data.find(b"\n")].decode().split(",")
    start, end = data.rfind(b"\n", 0, place) + 1, data.find(b"\n", place)
    try:
        line = next(csv.reader([data[start:end].decode("utf-8", "replace")]))
    except csv.Error:
        return
    yield from zip(header, line, strict=False)


def _line(data: mmap.mmap, place: int) -> int:
    return data[:place].count(b"\n") + 1


class _Upto:
    """A file up to a place, since a run may append meanwhile: what the parser asks of a file.

    Not mapped: the pages that were read would count as memory until the whole was read. `strange`
    says whether any of _STRANGE was read, which is found most quickly while it is at hand.
    """

    def __init__(self, file: BinaryIO, size: int, row: bytes) -> None:
        self.strange = False
        self._file = file
        self._header = file.readline()
        self._left = size - len(self._header)
        self._header += row

    def read(self, size: int = -1) -> bytes:
        """Return the header and the row put below it, then at most so many bytes of the rest."""
        data, self._header = self._header, b""
        if not data:
            data = self._file.read(self._left if size < 0 else min(size, self._left))
            self._left -= len(data)
            self.strange = self.strange or any(one in data for one in _STRANGE)
        return data

    def __iter__(self) -> Iterator[bytes]:
        """Yield lines: never asked for, but the parser looks whether it could."""
        return iter(self._file)


_TEXT = "~"


def _first_row(columns: Sequence[CsvColumn]) -> bytes:
    """Return a row to be put before the others, and taken away again.

    The parser makes numbers of categories that all look like them: 3.10 were 3.1. In this row
    every text is one that does not.
    """
    fields = ("0" if column.kind in _FIGURES else _TEXT for column in columns)
    return ",".join(fields).encode() + b"\n"


def _parse(data: _Upto, columns: Sequence[CsvColumn]) -> pd.DataFrame:
    """Return the checked frame; ValueError (of the parser, or ours) where anything is wrong."""
    # Names as categories: of 10^6 trials their objects would take half a second. Other texts may
    # differ from row to row.
    # The parser decides what numbers are: asked for int64 it would take 3.1e5 and 3.0 for
    # whole numbers, asked for float64 it would take true for 1.0.
    kinds = {
        c.name: "category" if c.kind == "category" else "object"
        for c in columns
        if c.kind not in _FIGURES
    }
    lacking = {c.name: [""] for c in columns if c.kind == "float" or c.optional}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # reported below, with the line
        frame = pd.read_csv(
            data,  # type: ignore[call-overload]  # it has the read() that is asked for
            dtype=kinds,
            keep_default_na=False,
            na_values=lacking,
            skip_blank_lines=False,
            encoding="utf-8",
            engine="c",
        )
    # A column of an index is one that the header does not name: each line has a field too many.
    if not isinstance(frame.index, pd.RangeIndex):
        message = "more fields than the header names"
        raise ValueError(message)
    typed = {column.name: _typed(frame.pop(column.name), column) for column in columns}
    frame = pd.DataFrame(typed, copy=False)
    unsound = [column.name for column in columns if not _is_sound(frame[column.name], column)]
    if "seconds" in frame:  # what an ok trial has
        timed = (frame["seconds"].to_numpy() >= SHORTEST) & (frame["messages"].to_numpy() > 0)
        if not timed[(frame["status"] == "ok").to_numpy()].all():
            unsound.append("seconds")
    if unsound:
        message = f"bad values in {', '.join(unsound)}"
        raise ValueError(message)
    return frame


def _typed(values: "pd.Series[Any]", column: CsvColumn) -> "pd.Series[Any]":
    """Return the values below the first row: texts as categories in the order of the file.

    A missing text has no code. ValueError for a value that is not of the column's kind.
    """
    message = f"bad values in {column.name}"
    if column.kind in _FIGURES:
        may_lack = column.kind == "float" or column.optional
        kinds = (np.int64, np.float64) if may_lack else (np.int64,)
        if values.dtype not in kinds:
            raise ValueError(message)
        return pd.Series(values.to_numpy(np.float64 if may_lack else np.int64)[1:])
    if column.kind == "category":
        codes, found = pd.factorize(values.cat.codes.to_numpy()[1:])
        if found.min(initial=0) < 0:  # a line with too few fields
            raise ValueError(message)
        texts: Any = values.cat.categories.to_numpy(object)[found]
    else:
        codes, texts = pd.factorize(values.to_numpy()[1:])
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(texts, dtype=object)))


def _is_sound(values: "pd.Series[Any]", column: CsvColumn) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        if (values.cat.codes.to_numpy() < 0).any():  # a line with too few fields
            return False
        return all(column.accepts(str(text)) for text in values.cat.categories)
    figures = values.to_numpy()
    if not len(figures):
        return True
    if figures.dtype.kind == "i":
        return bool(figures.min() >= column.lowest and figures.max() <= column.most)
    if column.optional and bool((np.floor(figures) < figures).any()):
        return False
    # Of what is known; no comparison with NaN, for a column without a value, is true.
    least, most = np.fmin.reduce(figures), np.fmax.reduce(figures)
    return not (least < (-LARGEST if column.signed else 0) or most > LARGEST)


def _completed(frame: pd.DataFrame, wanted: Sequence[CsvColumn]) -> pd.DataFrame:
    """Return the frame with all columns, those that its file lacks without a value."""
    lacking = [column for column in wanted if column.name not in frame]
    if not lacking:
        return frame
    empty = pd.Categorical.from_codes(np.zeros(len(frame), dtype=np.int8), pd.Index([""]))
    frame = frame.assign(
        **{column.name: empty if column.kind == "text" else np.nan for column in lacking}
    )
    return frame[names(tuple(wanted))]


def _fault(path: Path, data: bytes, columns: Sequence[CsvColumn], parser: str) -> BadInputError:
    """Return the error that names line, column and value of the file's first fault.

    It is the slow way, taken only where the fast one found a fault; `parser` is what that one
    said, and is kept where this one finds nothing.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return not_utf8(path, error)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(lines)
    begin = 2
    try:
        for fields in lines:
            if not fields:
                return restore(path, "is a blank line", begin)
            if len(fields) != len(header):
                what = f"{len(fields)} fields, the header has {len(header)}"
                return restore(path, what, begin)
            values = dict(zip(header, fields, strict=True))
            for column in columns:
                if not column.accepts(values[column.name]):
                    return restore(path, column.refusal(values[column.name]), begin)
            if values.get("status") == "ok" and "seconds" in values:
                for name, least in (("seconds", SHORTEST), ("messages", 1)):
                    if not values[name] or float(values[name]) < least:
                        what = (
                            f"{name}: {shown(values[name])} is not what an ok trial has "
                            f"(from {least:g})"
                        )
                        return restore(path, what, begin)
            begin = lines.line_num + 1
    except csv.Error as error:
        return restore(path, f"is not CSV ({error})", begin)
    return restore(path, parser)
