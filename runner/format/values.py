"""What the text of a field may be, column by column."""

import math
import re
from collections.abc import Mapping

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

_SHOWN = 40
# A name begins with a letter or a digit: what begins with = + - or @ is a formula where a table
# is opened in a spreadsheet.
_NAME = re.compile(r"[A-Za-z0-9_(][A-Za-z0-9_.:()-]*")
_BLOCK = re.compile(rf"{_NAME.pattern}(?:/[0-9]+)?")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?")
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
    if column.kind == "category":
        # A block that is measured in parts has the part's number behind a slash.
        return bool((_BLOCK if column.name == "block" else _NAME).fullmatch(text))
    if column.kind == "text":
        return not _CONTROL.search(text)
    if column.kind == "float":
        return not text or _is_figure(column, text)
    if not text and column.name in MAY_LACK:
        return True
    if not _WHOLE.fullmatch(text):
        return False
    return least(column) <= int(text) <= (1 if column.kind == "flag" else 10**18)


def _is_figure(column: Column, text: str) -> bool:
    if not _NUMBER.fullmatch(text):
        return False
    value = float(text)
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
    if column.kind == "text":
        return "text without control characters"
    return "a name of letters, digits and _ . : ( ) -"


def lack(values: Mapping[str, str]) -> str:
    """Return what is said of what an ok trial lacks, of a row's texts by column; "" where none."""
    if values.get("status") != "ok" or "seconds" not in values:
        return ""
    for name in ("seconds", "messages"):
        if not values[name] or float(values[name]) <= 0:
            return f"{name}: {shown(values[name])} is not what an ok trial has (above 0)"
    return ""


def told(column: Column, text: str) -> str:
    """Return what is said of a text that is no value of the column."""
    return f"{column.name}: {shown(text)} is not {wanted(column)}"


def shown(text: str) -> str:
    """Return a text of a file for a message: quoted, and cut where it is long."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
