"""What the text of a field may be, column by column."""

import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from runner.model import AXES, Status
from runner.runfolder.columns import Column

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
    "answer": frozenset(("yes", "no", "hang", "unsupported", "error")),
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
# From 1970, where a machine has no clock of its own: nanoseconds since then fit into 64 bits.
_TIME = re.compile(
    r"(?:19[789]|2[01][0-9])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z"
)
_FIGURE = r"[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?"
_WORKERS = re.compile(r"(?:[0-9]+(?:;[0-9]+)*)?")
_QUARTERS = re.compile(rf"(?:{_FIGURE}(?:;{_FIGURE}){{3}})?")

MOST = 10**18
"""The largest whole number of a field."""


def least(column: Column) -> int:
    """Return the least whole number that the column may hold."""
    return 0 if column.kind == "flag" or column.name in ("messages", *MAY_LACK) else 1


def accepts(column: Column, text: str) -> bool:
    """Return whether the text is a value of the column."""
    if column.name in CLOSED:
        return text in CLOSED[column.name]
    if rule := _RULES.get(column.name) or _RULES.get(column.kind):
        return bool(rule[0](text))
    if column.kind == "float":
        return not text or _is_figure(column, text)
    if not text and column.name in MAY_LACK:
        return True
    if not _WHOLE.fullmatch(text):
        return False
    return least(column) <= int(text) <= (1 if column.kind == "flag" else MOST)


def _is_time(text: str) -> bool:
    with suppress(ValueError):  # a 30th of February
        return bool(_TIME.fullmatch(text) and datetime.fromisoformat(text))
    return False


def _is_figures(text: str) -> bool:
    with suppress(ValueError, OverflowError, RecursionError):
        figures = json.loads(text)
        return isinstance(figures, dict) and all(
            type(one) in (int, float) and math.isfinite(one) for one in figures.values()
        )
    return False


def _is_figure(column: Column, text: str) -> bool:
    if not _NUMBER.fullmatch(text):
        return False
    value = float(text)
    return math.isfinite(value) and (value >= 0 or column.name in MAY_BE_NEGATIVE)


_RULES: Mapping[str, tuple[Callable[[str], object], str]] = {
    # A block that is measured in parts has the part's number behind a slash.
    "block": (_BLOCK.fullmatch, "a name of letters, digits and _ . : ( ) -"),
    "per_worker": (_WORKERS.fullmatch, "whole numbers separated by ;"),
    "quarter_seconds": (_QUARTERS.fullmatch, "four numbers separated by ;"),
    "category": (_NAME.fullmatch, "a name of letters, digits and _ . : ( ) -"),
    "text": (lambda text: not _CONTROL.search(text), "text without control characters"),
    "time": (_is_time, "a time in UTC, as 2026-01-31T12:00:00Z"),
    "json": (_is_figures, "a mapping of names to numbers"),
}
"""By name or kind of column: what a text must be, and how a message calls it."""


def wanted(column: Column) -> str:
    """Return what the column asks for, for a message."""
    if column.name in CLOSED:
        return f"one of {', '.join(sorted(CLOSED[column.name]))}"
    if rule := _RULES.get(column.name) or _RULES.get(column.kind):
        return rule[1]
    if column.kind == "float":
        return "a number" if column.name in MAY_BE_NEGATIVE else "a number that is not negative"
    return "0 or 1" if column.kind == "flag" else f"a whole number from {least(column)}"


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
