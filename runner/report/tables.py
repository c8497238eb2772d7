"""Every table as CSV and as JSON: the rows unrounded, and the tables as the report shows them."""

import csv
import inspect
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import Field, fields
from math import inf
from types import MappingProxyType
from typing import Any

from runner.report.document import Document, Table
from runner.report.view import View
from runner.results import ROWS, Comparison
from runner.runfolder import columns

STUDY = "study-"
"""Begins the names of the tables that a study writes."""


def files(
    view: View, document: Document, added: Mapping[str, Sequence[object]] = MappingProxyType({})
) -> Mapping[str, str]:
    """Return file names and contents: rows by their tables, shown tables below `shown/`.

    `added` are the rows of studies, by table.
    """
    found: dict[str, str] = {}
    for name, kind in ROWS.items():
        rows: Sequence[object] = view.shown if kind is Comparison else getattr(view.findings, name)
        if rows or name not in ("ceilings", "history", "across", "modes"):
            found |= rows_as(name, kind, rows)
    for name, rows in added.items():
        if rows:
            found |= rows_as(f"{STUDY}{name}", type(rows[0]), rows)
    for section in document.sections:
        for table in (*section.tables, *section.details):
            header, lines = _shown(table)
            found[f"shown/{table.id}.csv"] = as_csv(header, lines)
            found[f"shown/{table.id}.json"] = _json(header, lines)
    return found


def rows_as(name: str, kind: type, rows: Sequence[object]) -> dict[str, str]:
    """Return the CSV and the JSON of rows of one kind, unrounded."""
    content = {one.name: _column(rows, one) for one in columns_of(kind)}
    written = (_each(_harmless, column) for column in content.values())
    table = _written([*content], zip(*written, strict=True))
    return {f"{name}.csv": table, f"{name}.json": _by_column(content)}


def columns_of(kind: type) -> list["Field[Any]"]:
    """Return the fields of a row that are columns of its table."""
    return [one for one in fields(kind) if one.metadata]


def _column(rows: Sequence[object], one: "Field[Any]") -> list[object]:
    given = [getattr(row, one.name) for row in rows]
    return given if one.type in _NUMBERS else _each(value, given)


_NUMBERS = (int, float, bool, float | None, int | None)


def _each(convert: Callable[[Any], object], given: Sequence[Any]) -> list[object]:
    """Convert each different value once."""
    try:
        known = {one: convert(one) for one in set(given)}
    except TypeError:  # a mapping cannot be looked up
        return [convert(one) for one in given]
    return [known[one] for one in given]


def _by_column(content: Mapping[str, Sequence[object]]) -> str:
    """Return JSON that holds one list for each column; a missing value is null."""
    known = {
        name: [None if one in (inf, -inf) else one for one in column]
        for name, column in content.items()
    }
    return json.dumps(known, separators=(",", ":"), default=str) + "\n"


def value(given: object) -> object:
    """Return what CSV and JSON can hold: no tuple, no NA, no text that cannot be encoded."""
    if isinstance(given, Mapping):
        return json.dumps(given, sort_keys=True, default=str)
    if isinstance(given, tuple | list):
        return ";".join(str(one) for one in given)
    if isinstance(given, str):
        return given.encode("utf-8", "backslashreplace").decode()
    return given


def _shown(table: Table) -> tuple[list[str], list[list[object]]]:
    """Return a table's text; numbers are unrounded, in columns of their own."""
    numeric = [
        any(row[place].value is not None for row in table.rows)
        for place in range(len(table.columns))
    ]
    header: list[str] = []
    for column, numbers in zip(table.columns, numeric, strict=True):
        title = column.title.replace("\n", " ")
        header += [title] + ([f"{title} (number)"] if numbers else [])
    rows: list[list[object]] = []
    for row in table.rows:
        line: list[object] = []
        for entry, numbers in zip(row, numeric, strict=True):
            line.append(value(f"{entry.text} {entry.note}".strip()))
            if numbers:
                line.append(entry.value)
        rows.append(line)
    return header, rows


def _harmless(given: object) -> object:
    return columns.harmless(given) if isinstance(given, str) else given


def as_csv(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return CSV with quotes where they are needed; a missing value is an empty field.

    No text begins a formula: see `columns.harmless`.
    """
    return _written(
        [_harmless(title) for title in header], ([_harmless(one) for one in row] for row in rows)
    )


def _written(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def _json(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    content = {"columns": list(header), "data": [list(row) for row in rows]}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False, default=str) + "\n"


KINDS: Mapping[object, str] = {
    str: "text",
    int: "whole number",
    int | None: "whole number or empty",
    float: "number",
    float | None: "number or empty",
    bool: "True or False",
    tuple[str, ...]: "texts, separated by ;",
}


def page(studies: Mapping[str, Mapping[str, type]]) -> str:
    """Return docs/tables.md: every table with its columns, from the fields of its rows.

    `studies` are the tables that each study writes, by its name.
    """
    parts = [
        "# The tables of a report",
        "Each is in `tables/` as CSV and as JSON (one list for each column), unrounded.\n"
        "Ratios are speeds: 1.28 means 1.28 times the messages in the same time. A figure that is "
        "not known is empty.\n"
        "This page is written from the fields of the rows: `python -m tests.reference tables` "
        "prints it.",
    ]
    known = [(name, "", kind) for name, kind in ROWS.items()]
    for study, written in studies.items():
        where = f" Where the run names the study `{study}`."
        known += [(f"{STUDY}{name}", where, kind) for name, kind in written.items()]
    for name, where, kind in known:
        about = (inspect.getdoc(kind) or "") + where
        rows = ["| column | holds | unit | meaning |", "| --- | --- | --- | --- |"]
        for one in columns_of(kind):
            meaning, unit = (
                str(one.metadata[key]).replace("|", "\\|") for key in ("meaning", "unit")
            )
            holds = KINDS.get(one.type, "JSON")
            rows.append(f"| `{one.name}` | {holds} | {unit} | {meaning} |")
        parts += [f"## {name}", about, "\n".join(rows)]
    return "\n\n".join(parts) + "\n"
