"""What the text of a field may be, column by column."""

import math
import re

from runner.columns import Column
from runner.model import AXES, Status

MAY_LACK = (
    "voluntary_switches",
    "involuntary_switches",
    "peak_rss_kib",
    "throttled",
    "slowed_for_heat",
    "swapped_in",
)
"""Whole numbers that a trial may lack, and which are floats in frames for that reason."""

MAY_BE_NEGATIVE = ("foreign_cpu",)
"""A difference of two counters, which may come out a little below nothing."""

CLOSED: dict[str, frozenset[str]] = {
    "status": frozenset(status.value for status in Status),
    "phase": frozenset(("calibration", "warmup", "measure")),
    "family": frozenset(AXES),
}
"""Columns whose values are a closed set."""

_MAY_BE_EMPTY = ("text",)
_WHOLE = re.compile(r"[0-9]{1,18}")
_FIGURE = r"[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?"
_LISTS = {
    "per_worker": (re.compile(r"(?:[0-9]+(?:;[0-9]+)*)?"), "whole numbers separated by ;"),
    "quarter_seconds": (
        re.compile(rf"(?:{_FIGURE}(?:;{_FIGURE}){{3}})?"),
        "four numbers separated by ;",
    ),
}
"""Columns that hold several numbers or none: what one may be, and how a message calls it."""


def least(column: Column) -> int:
    """Return the least whole number that the column may hold."""
    return 0 if column.kind == "flag" or column.name in ("messages", *MAY_LACK) else 1


def accepts(column: Column, text: str) -> bool:
    """Return whether the text is a value of the column."""
    if column.name in CLOSED:
        return text in CLOSED[column.name]
    if column.name in _LISTS:
        return bool(_LISTS[column.name][0].fullmatch(text))
    if column.kind in ("text", "category"):
        return column.kind in _MAY_BE_EMPTY or bool(text)
    if column.kind == "float" or column.name in MAY_LACK:
        return not text or _is_figure(column, text)
    if not _WHOLE.fullmatch(text):
        return False
    return least(column) <= int(text) <= (1 if column.kind == "flag" else 10**18)


def _is_figure(column: Column, text: str) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return math.isfinite(value) and (value >= 0 or column.name in MAY_BE_NEGATIVE)


def wanted(column: Column) -> str:
    """Return what the column asks for, for a message."""
    if column.name in CLOSED:
        return f"one of {', '.join(sorted(CLOSED[column.name]))}"
    if column.name in _LISTS:
        return _LISTS[column.name][1]
    if column.kind == "float":
        return "a number" if column.name in MAY_BE_NEGATIVE else "a number that is not negative"
    if column.kind == "flag":
        return "0 or 1"
    if column.kind == "whole":
        return f"a whole number from {least(column)}"
    return "a name"
