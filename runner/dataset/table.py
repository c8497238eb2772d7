"""One CSV file read with explicit dtypes and checked; a torn last line is left out and named."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from runner.columns import Column, names
from runner.dataset.faults import fault
from runner.dataset.raw import refuse_raw
from runner.errors import BadInputError
from runner.format import opened, restore
from runner.format.values import MAY_BE_NEGATIVE, MAY_LACK, accepts, least

_BLOCK = 1 << 20
_WHOLES = ("whole", "flag")


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows, and what was left out of it ("" where nothing was)."""

    path: Path
    frame: pd.DataFrame
    torn: str = ""

    def line(self, row: int) -> int:
        """Return the line of the file on which a row stands; rows are one line each."""
        return row + 2


def read_table(path: Path, wanted: Sequence[Column]) -> Table:
    """Return the rows of a file with the given columns, in the given order.

    A column that was added to the format and that the file lacks is unknown in every row: NaN, or
    an empty text.
    Raises BadInputError for a file that is missing or empty, for unknown, missing or doubled
    columns and, with line and column, for the first value that is not of its column's kind.
    """
    try:
        with opened(path) as file:
            columns = _present(path, file.readline(), wanted)
            whole, torn = _whole_lines(path, file)
            if not whole:
                raise restore(path, "the header is torn", 1)
            refuse_raw(path, file, whole, columns)
            file.seek(0)
            source = file if not torn else io.BytesIO(file.read(whole))
            try:
                frame = _parse(source, columns)
                return Table(path, _completed(frame, wanted), torn)
            except (ValueError, OverflowError) as error:
                raise fault(path, columns, str(error)) from error
    except OSError as error:
        message = f"{path}: {error.strerror or error}: restore it from a copy of the run"
        raise BadInputError(message) from error


def _present(path: Path, line: bytes, columns: Sequence[Column]) -> Sequence[Column]:
    """Return the columns that a file has: all but those that were added since it was written."""
    if not line:
        raise restore(path, "is empty")
    found = line.decode("utf-8", "replace").rstrip("\r\n").split(",")
    present = [column for column in columns if column.name in found or not column.added]
    wanted = names(tuple(present))
    if sorted(found) == sorted(wanted):
        return present
    faults = {
        "lacks": [name for name in wanted if name not in found],
        "unknown": sorted(set(found) - set(wanted)),
        "doubled": sorted({name for name in found if found.count(name) > 1}),
    }
    told = "; ".join(f"{what}: {', '.join(which)}" for what, which in faults.items() if which)
    message = f"{path}:1: header: {told}: report the run with the version that wrote it"
    raise BadInputError(message)


def _completed(frame: pd.DataFrame, wanted: Sequence[Column]) -> pd.DataFrame:
    """Return the frame with all columns, those that its file lacks without a value."""
    lacking = [column for column in wanted if column.name not in frame]
    if not lacking:
        return frame
    empty = pd.Categorical.from_codes(np.zeros(len(frame), dtype=np.int8), pd.Index([""]))
    frame = frame.assign(
        **{column.name: empty if column.kind == "text" else np.nan for column in lacking}
    )
    return frame[names(tuple(wanted))]


def _whole_lines(path: Path, file: BinaryIO) -> tuple[int, str]:
    """Return the length up to the last line's end, and what is said of a torn rest."""
    size = end = file.seek(0, io.SEEK_END)
    while end > 0:
        start = max(0, end - _BLOCK)
        file.seek(start)
        last = file.read(end - start).rfind(b"\n")
        if last >= 0:
            end = start + last + 1
            break
        end = start
    rest = size - end
    if not rest:
        return end, ""
    file.seek(0)
    line = sum(1 for _ in file)
    return end, f"{path}:{line}: left out a torn last line of {rest} bytes"


def _parse(source: BinaryIO, columns: Sequence[Column]) -> pd.DataFrame:
    """Return the checked frame; ValueError (of the parser, or ours) where anything is wrong."""
    lacking = {c.name: [""] for c in columns if c.kind == "float" or c.name in MAY_LACK}
    frame = pd.read_csv(
        source,
        dtype=_dtypes(columns),
        keep_default_na=False,
        na_values=lacking,
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
    if unsound or not _ok_has_figures(frame):
        message = f"bad values in {', '.join(unsound) or 'seconds'}"
        raise ValueError(message)
    return frame


def _dtypes(columns: Sequence[Column]) -> dict[str, str]:
    """Return the dtype of each column but whole numbers, of which the parser tells what they are.

    Asked for int64 it would take 3.1e5 and 3.0 for whole numbers without a word.
    """
    found = {}
    for column in columns:
        if column.kind == "float" or column.name in MAY_LACK:
            found[column.name] = "float64"
        elif column.kind not in _WHOLES:
            # Not "category": pandas makes numbers of categories that look like them: 3.10 were 3.1.
            found[column.name] = "object"
    return found


def _typed(values: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
    """Return text as a category, whole numbers as such; ValueError for what is none of its column.

    A text that its line lacks has no code.
    """
    if column.kind in _WHOLES and column.name not in MAY_LACK:
        if len(values) and values.dtype != np.int64:
            message = f"bad values in {column.name}"
            raise ValueError(message)
        return values.astype(np.int64)
    if values.dtype != object:
        return values
    codes, texts = pd.factorize(values.to_numpy())
    categories = pd.Index(texts, dtype=object)
    return pd.Series(pd.Categorical.from_codes(codes, categories))


def _is_sound(values: "pd.Series[Any]", column: Column) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        if (values.cat.codes.to_numpy() < 0).any():  # a line with too few fields
            return False
        return all(accepts(column, str(text)) for text in values.cat.categories)
    figures = values.to_numpy()
    if figures.dtype.kind == "i":
        most = 1 if column.kind == "flag" else None
        return bool((figures >= least(column)).all() and (most is None or (figures <= most).all()))
    negative = column.name not in MAY_BE_NEGATIVE and bool((figures < 0).any())
    return not (negative or bool(np.isinf(figures).any()))


def _ok_has_figures(frame: pd.DataFrame) -> bool:
    if "seconds" not in frame:
        return True
    ok = (frame["status"] == "ok").to_numpy()
    timed = (frame["seconds"].to_numpy() > 0) & (frame["messages"].to_numpy() > 0)
    return bool(timed[ok].all())
