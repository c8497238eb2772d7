"""Typed rows as a frame, for arithmetic over columns."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

from runner.analysis.trials import known

T = TypeVar("T")


def frame(rows: Sequence[Any], kind: type) -> pd.DataFrame:
    """Return rows of a dataclass of results as a frame, a column each field; NaN for None."""
    columns = {}
    for one in fields(kind):
        values = [getattr(row, one.name) for row in rows]
        columns[one.name] = pd.Series(values, dtype=_DTYPES.get(one.type, np.object_))
    return pd.DataFrame(columns)


def rows(table: pd.DataFrame, kind: Callable[..., T]) -> list[T]:
    """Return a frame's rows as values of a dataclass of results; None for what is not finite."""
    columns = {}
    for one in fields(cast("Any", kind)):
        column = table[one.name]
        if one.type == float | None:
            columns[one.name] = known(column.to_numpy(dtype=np.float64))
        else:
            columns[one.name] = column.astype(object).tolist()
    lines = zip(*columns.values(), strict=True)
    return [kind(**dict(zip(columns, line, strict=True))) for line in lines]


_DTYPES: dict[object, Any] = {
    float | None: np.float64,
    float: np.float64,
    int: np.int64,
    bool: bool,
}
