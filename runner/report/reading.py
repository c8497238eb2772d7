"""From a frame's rows to typed values."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, get_type_hints

import pandas as pd

T = TypeVar("T")


def _gone(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _word(value: Any) -> str:
    return "" if _gone(value) else str(value)


def _whole(value: Any) -> int:
    return 0 if _gone(value) else int(value)


def _flag(value: Any) -> bool:
    return False if _gone(value) else bool(value)


def _words(value: Any) -> tuple[str, ...]:
    return () if _gone(value) else tuple(str(one) for one in value)


def _each(convert: Callable[[Any], object]) -> Callable[["pd.Series[Any]"], list[object]]:
    """Return a reader of columns that converts each different value once."""

    def convert_all(column: "pd.Series[Any]") -> list[object]:
        raw = column.tolist()
        known = {value: convert(value) for value in set(raw)}
        return [known[value] for value in raw]

    return convert_all


def _numbers(column: "pd.Series[Any]") -> list[object]:
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=math.nan)
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _tuples(column: "pd.Series[Any]") -> list[object]:
    return [_words(value) for value in column.tolist()]


_READERS: Mapping[Any, Callable[["pd.Series[Any]"], list[object]]] = {
    str: _each(_word),
    int: _each(_whole),
    bool: _each(_flag),
    float | None: _numbers,
    tuple[str, ...]: _tuples,
}


@cache
def _hints(kind: Callable[..., object]) -> Mapping[str, Any]:
    return get_type_hints(kind)


def read(frame: pd.DataFrame, kind: Callable[..., T]) -> list[T]:
    """Return the frame's rows as values of a NamedTuple; a column that is not there is empty.

    The tuple's annotations say how each column is read.
    """
    absent = pd.Series([None] * len(frame), dtype=object)
    columns = [
        _READERS[hint](frame[name] if name in frame.columns else absent)
        for name, hint in _hints(kind).items()
    ]
    return [kind(*values) for values in zip(*columns, strict=True)]
