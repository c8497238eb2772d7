"""The rounds of trials files: each whole, and each in one place alone."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from runner.dataset.table import Table
from runner.errors import BadInputError

_KEYS = ["machine", "sitting", "block", "phase", "round"]
_SHOWN = 20

Rows = npt.NDArray[np.int64]


def refuse_doubled(tables: Sequence[tuple[int, Table]]) -> None:
    """Raise BadInputError where a round's rows stand in two places, of one file or of two.

    Each table comes with the number of its run.
    """
    for _, table in tables:
        rows = _starts(table.frame)
        codes = {name: _codes(table.frame[name])[rows] for name in _KEYS}
        again = pd.DataFrame(codes).duplicated().to_numpy()
        if again.any():
            _refuse(table, int(rows[again][0]), "the file already: restore the file from a copy")
    for run in dict.fromkeys(run for run, _ in tables):
        _refuse_across([table for of, table in tables if of == run])


def not_whole(table: Table) -> Iterator[str]:
    """Yield what is said of the rounds with too few or too many rows, which nothing is made of."""
    frame = table.frame
    starts = _starts(frame)
    counts = np.diff(np.append(starts, len(frame)))
    sizes = frame["round_size"].to_numpy()[starts]
    wrong = np.flatnonzero(counts != sizes)
    for place in wrong[:_SHOWN]:
        row = frame.iloc[int(starts[place])]
        yield (
            f"{table.path}:{table.line(int(starts[place]))}: round {row['round']} of "
            f"{row['block']} ({row['phase']}) has {counts[place]} rows, a whole one "
            f"{sizes[place]}: left out of every comparison"
        )
    if len(wrong) > _SHOWN:
        yield f"{table.path}: and {len(wrong) - _SHOWN} more rounds that are not whole"


def _refuse_across(tables: Sequence[Table]) -> None:
    if len(tables) < 2:
        return
    first: dict[tuple[object, ...], str] = {}
    for table in tables:
        rows = _starts(table.frame)
        keys = table.frame[_KEYS].iloc[rows].itertuples(index=False, name=None)
        for row, key in zip(rows, keys, strict=True):
            where = f"{table.path}:{table.line(int(row))}"
            other = first.setdefault(key, where)
            if other != where:
                _refuse(table, int(row), f"{other} already: keep one of the two files")


def _refuse(table: Table, place: int, where: str) -> None:
    row = table.frame.iloc[place]
    message = (
        f"{table.path}:{table.line(place)}: round: round {row['round']} of {row['block']} stands "
        f"in {where}"
    )
    raise BadInputError(message)


def _starts(frame: pd.DataFrame) -> Rows:
    """Return the rows at which a round begins."""
    starts = np.ones(len(frame), dtype=bool)
    codes = [_codes(frame[name]) for name in _KEYS]
    starts[1:] = np.any([code[1:] != code[:-1] for code in codes], axis=0)
    return np.flatnonzero(starts)


def _codes(series: "pd.Series[Any]") -> Rows:
    if isinstance(series.dtype, pd.CategoricalDtype):
        return np.asarray(series.cat.codes, dtype=np.int64)
    return np.asarray(series, dtype=np.int64)
