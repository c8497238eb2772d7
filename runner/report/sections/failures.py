"""What went wrong, with the tracebacks; and what was not measured, and why."""

import textwrap

from runner.report import figures, names, text
from runner.report.document import Column, Entry, Excerpt, Section, Table, entries, two_lines
from runner.report.view import View, ordered
from runner.results import CellSummary, Failure

SHOWN = 40
"""Tracebacks that the page shows; the rest is in tables/failures.csv."""
_FEW = 8
_LINE = 90
_ONE_LINE = 50


def failures(view: View) -> Section:
    """Return the cells without figures by status and reason, and every kind of failure."""
    title = "Not measured, and failures"
    tables = [*_reasons(view)]
    # What an interpreter or a transport does not support has no figures, but nothing went wrong.
    rows = [row for row in view.failures if row.status != "unsupported"]
    said = []
    if rows:
        total = figures.count(sum(row.count for row in rows), "trial")
        cells = {(row.python, row.transport, row.context) for row in rows}
        said.append(f"{total} of {figures.count(len(cells), 'combination')} failed.")
        tables.append(_failed(view, "failures", rows, _FEW, _LINE))
    details = [_failed(view, "failures-all", rows, SHOWN, text.CELL)] if rows[_FEW:] else []
    excerpts = []
    for row in (one for one in rows[:SHOWN] if one.detail):
        where = f"{row.python}, {view.name('transport', row.transport)}, {view.label(row.context)}"
        what = f"{row.status}, {figures.count(row.count, 'trial')}"
        excerpts.append(Excerpt(text.line(f"{where}: {what}"), row.detail))
    return Section("failures", title, said, tables=tables, details=details, excerpts=excerpts)


def _failed(view: View, name: str, rows: list[Failure], shown: int, limit: int) -> Table:
    lines = [
        entries(
            row.status,
            row.python,
            view.name("transport", row.transport),
            view.label(row.context),
            figures.whole(row.count),
            text.line(_reason(row.detail), limit) or figures.NOTHING,
        )
        for row in rows[:shown]
    ]
    columns = [Column("status"), Column("Python"), Column("transport"), Column("where")]
    columns += [Column("trials", "right"), Column("reason")]
    left = len(rows[shown:])
    note = f"{left:,} more in tables/failures.csv." if left else ""
    return Table(name, "Failures", columns, lines, note)


def _reason(detail: str) -> str:
    """Return the line that says why: a traceback's last one, else what stands above the stacks."""
    lines = [one for one in detail.splitlines() if one.strip()]
    return lines[-1 if "Traceback" in "".join(lines[:2]) else 0] if lines else ""


def _reasons(view: View) -> list[Table]:
    """Return why combinations have no figures, most first; nothing where all have."""
    groups: dict[tuple[str, str], list[CellSummary]] = {}
    for row in view.cells.values():
        if row.status not in ("ok", ""):
            groups.setdefault((row.status, text.line(row.reason, _LINE)), []).append(row)
    found = sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
    several = len(view.pythons) > 1
    lines = [
        entries(
            figures.whole(len(cells)),
            Entry(status, names.STATUSES.get(status, "")),
            two_lines(textwrap.wrap(reason, _width(reason)) or [figures.NOTHING]),
            _all([view.name("transport", one) for one in _of(cells, "transport", view.transports)]),
            *[_all(_of(cells, "python", view.pythons))] * several,
        )
        for (status, reason), cells in found[:_FEW]
    ]
    rest = len(found) - _FEW
    note = f"{rest:,} more reasons are in tables/cells.csv." if rest > 0 else ""
    columns = [Column("number", "right"), Column("status"), Column("reason")]
    columns += [Column("transports"), *[Column("Pythons")] * several]
    title = f"{sum(map(len, groups.values())):,} of {view.findings.planned:,} combinations"
    return [Table("reasons", f"{title} without figures", columns, lines, note)] * bool(lines)


def _width(reason: str) -> int:
    """Return the width at which a reason is on one line, or on two of about the same length."""
    return _ONE_LINE if len(reason) <= _ONE_LINE else len(reason) // 2 + 5


def _of(cells: list[CellSummary], axis: str, order: tuple[str, ...]) -> list[str]:
    return ordered({str(getattr(cell, axis)) for cell in cells}, order)


def _all(found: list[str]) -> str:
    return text.line(", ".join(found[:4]) + (f" and {len(found) - 4} more" if found[4:] else ""))
