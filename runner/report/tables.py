"""Every table as CSV and as JSON: the frames unrounded, and the tables as the report shows them."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from runner import columns
from runner.report.document import Document, Table
from runner.report.view import View

FRAMES = (
    "cells",
    "head_to_heads",
    "winners",
    "crossovers",
    "failures",
    "noise",
    "drift",
    "claims",
    "probes",
    "contradictions",
    "history",
)


def files(view: View, document: Document) -> Mapping[str, str]:
    """Return file names and contents: frames by their names, shown tables below `shown/`."""
    found: dict[str, str] = {}
    for name in FRAMES:
        frame = _frame(view, name)
        if len(frame.columns):
            found[f"{name}.csv"] = frame_csv(frame)
            found[f"{name}.json"] = _by_column(frame)
    for section in document.sections:
        for table in section.tables:
            found |= _both(f"shown/{table.id}", *_shown(table))
    return found


def _frame(view: View, name: str) -> pd.DataFrame:
    """Return a frame of the findings whose texts can be encoded, with tuples joined by ;."""
    frame: pd.DataFrame = view.shown if name == "head_to_heads" else getattr(view.findings, name)
    texts = [one for one in frame.columns if not pd.api.types.is_numeric_dtype(frame[one].dtype)]
    plain: dict[str, Any] = {str(one): _values(frame[one].tolist()) for one in texts}
    return frame.assign(**plain)


def frame_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV, in which no text begins a formula."""
    texts = [one for one in frame.columns if not pd.api.types.is_numeric_dtype(frame[one].dtype)]
    plain: dict[str, Any] = {
        str(one): [_harmless(given) for given in frame[one].tolist()] for one in texts
    }
    return frame.assign(**plain).to_csv(index=False, lineterminator="\n")


def _harmless(given: object) -> object:
    return columns.harmless(given) if isinstance(given, str) else given


def _values(given: list[Any]) -> list[object]:
    """Convert each different value once."""
    try:
        known = {one: value(one) for one in set(given)}
    except TypeError:  # a list cannot be looked up
        return [value(one) for one in given]
    return [known[one] for one in given]


def _by_column(frame: pd.DataFrame) -> str:
    """Return JSON that holds one list for each column; a missing value is null."""
    content = {str(name): _column(frame[name]) for name in frame.columns}
    return json.dumps(content, separators=(",", ":"), default=str) + "\n"


def _column(column: "pd.Series[Any]") -> list[object]:
    given = column.tolist()
    if column.dtype == "float64":
        return [one if math.isfinite(one) else None for one in given]
    return given if column.dtype in ("int64", "bool") else _values(given)


def value(given: object) -> object:
    """Return what CSV and JSON can hold: no tuple, no NA, no text that cannot be encoded."""
    if isinstance(given, Mapping):
        return json.dumps(given, sort_keys=True, default=str)
    if isinstance(given, tuple | list):
        return ";".join(str(one) for one in given)
    if given is None or given is pd.NA or given is pd.NaT:
        return None
    if isinstance(given, float) and not math.isfinite(given):
        return None
    if isinstance(given, str):
        return given.encode("utf-8", "backslashreplace").decode()
    return given


def _shown(table: Table) -> tuple[list[str], list[list[object]]]:
    """Return a table's text; numbers stand unrounded in columns of their own."""
    numeric = [
        any(row[place].value is not None for row in table.rows)
        for place in range(len(table.columns))
    ]
    header: list[str] = []
    for column, numbers in zip(table.columns, numeric, strict=True):
        header += [column.title] + ([f"{column.title} (number)"] if numbers else [])
    rows: list[list[object]] = []
    for row in table.rows:
        line: list[object] = []
        for entry, numbers in zip(row, numeric, strict=True):
            line.append(value(f"{entry.text} {entry.note}".strip()))
            if numbers:
                line.append(entry.value)
        rows.append(line)
    return header, rows


def _both(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> dict[str, str]:
    lines = list(rows)
    return {f"{name}.csv": as_csv(header, lines), f"{name}.json": _json(header, lines)}


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return CSV with quotes where they are needed; a missing value is an empty field.

    No text begins a formula: see `columns.harmless`.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([columns.harmless(title) for title in header])
    writer.writerows(["" if one is None else _harmless(one) for one in row] for row in rows)
    return buffer.getvalue()


def _json(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    content = {"columns": list(header), "data": [list(row) for row in rows]}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False, default=str) + "\n"
