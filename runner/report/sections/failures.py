"""What went wrong, with the tracebacks."""

from runner.report import figures, text
from runner.report.document import Column, Entry, Excerpt, Section, Table, entries
from runner.report.view import View
from runner.results import Failure

SHOWN = 40
"""Tracebacks that a report shows; the rest is in tables/failures.csv."""
_COLUMNS = (
    Column("status"),
    Column("Python"),
    Column("transport"),
    Column("where"),
    Column("trials", "right"),
    Column("last line"),
)


def failures(view: View) -> Section:
    """Return every kind of failure, and the first traceback of each."""
    rows = view.failures
    if not rows:
        return Section("failures", "Failures", sentences=["No trial failed."])
    total = sum(row.count for row in rows)
    said = [f"{figures.count(total, 'trial')} failed, in {figures.count(len(rows), 'way')}."]
    if len(rows) > SHOWN:
        said.append(f"The first {SHOWN} are shown; tables/failures.csv holds all.")
    table = Table("failures", "Failures", _COLUMNS, [_line(view, row) for row in rows[:SHOWN]])
    excerpts = [Excerpt(_title(view, row), row.detail) for row in rows[:SHOWN] if row.detail]
    return Section("failures", "Failures", said, tables=[table], excerpts=excerpts)


def _title(view: View, row: Failure) -> str:
    name = view.name("transport", row.transport)
    trials = figures.count(row.count, "trial")
    where = view.label(row.context)
    return text.line(f"{row.python}, {name}, {where}: {row.status}, {trials}")


def _line(view: View, row: Failure) -> list[Entry]:
    last = next((one for one in reversed(row.detail.splitlines()) if one.strip()), "")
    return entries(
        row.status,
        row.python,
        view.name("transport", row.transport),
        view.label(row.context),
        Entry(figures.whole(row.count), value=row.count),
        text.line(last) or figures.NOTHING,
    )
