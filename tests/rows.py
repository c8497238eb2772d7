"""Rows of results for tests: made from a few fields, changed all at once, seen as a frame."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

import pandas as pd

from runner.analysis.frames import frame
from runner.results import Comparison

T = TypeVar("T")

_NOTHING: dict[object, object] = {str: "", int: 0, bool: False, tuple[str, ...]: (), float: 1.0}


def made(kind: Callable[..., T], **given: object) -> T:
    """Return a row with the given fields; the others are empty."""
    known = {one.name: _NOTHING.get(one.type) for one in fields(cast("Any", kind))}
    unknown = set(given) - set(known)
    assert not unknown, f"{kind.__name__} has no {unknown}"
    return kind(**known | given)


def each(rows: Iterable[T], **changed: object) -> list[T]:
    """Return the rows with the same fields changed in all."""
    return [replace(cast("Any", row), **changed) for row in rows]


def table(rows: Sequence[Any]) -> pd.DataFrame:
    """Return rows as a frame; without any, one of comparisons."""
    return frame(rows, type(rows[0]) if rows else Comparison)
