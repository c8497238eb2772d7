"""What became of the cells: planned is the sum over the statuses."""

from collections.abc import Sequence

from runner.report import figures, names, text
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View
from runner.report.view import ordered as ordered_names
from runner.results import CellSummary

_SHOWN = 25


def statuses(view: View) -> Section:
    """Return the cells by status, and why those that are not ok are not."""
    counts = view.findings.statuses
    total = sum(counts.values())
    planned = view.findings.planned
    rows = [
        entries(name, Entry(figures.whole(counts[name]), value=counts[name]), meaning)
        for name, meaning in names.STATUSES.items()
        if counts.get(name)
    ]
    rows += [
        entries(name, Entry(figures.whole(number), value=number), "")
        for name, number in sorted(counts.items())
        if name not in names.STATUSES and number
    ]
    rows.append(entries("sum", Entry(figures.whole(total), value=total), "every cell planned"))
    said = f"{figures.count(planned, 'cell')} planned; the statuses sum to {total:,}."
    if total != planned:
        said += " These differ: the report is not complete. Please report this as a bug."
    columns = [Column("status"), Column("cells", "right"), Column("meaning")]
    tables = [Table("cells-by-status", "Cells by status", columns, rows), *_reasons(view)]
    return Section("cells", "Cells planned", sentences=[said], tables=tables)


def _reasons(view: View) -> list[Table]:
    groups: dict[tuple[str, str], list[CellSummary]] = {}
    for row in view.cells.values():
        if row.status not in ("ok", ""):
            groups.setdefault((row.status, text.line(row.reason)), []).append(row)
    if not groups:
        return []
    ordered = sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
    rows = [
        entries(
            status,
            Entry(figures.whole(len(cells)), value=len(cells)),
            reason or figures.NOTHING,
            _all([view.name("transport", one) for one in _of(cells, "transport", view.transports)]),
            _all(_of(cells, "python", view.pythons)),
        )
        for (status, reason), cells in ordered[:_SHOWN]
    ]
    rest = len(ordered) - _SHOWN
    note = f"{rest:,} more reasons are in tables/cells.csv." if rest > 0 else ""
    columns = [Column("status"), Column("cells", "right")]
    columns += [Column("reason"), Column("transports"), Column("Pythons")]
    return [Table("reasons", "Why cells were not measured", columns, rows, note, folded=True)]


def _of(cells: list[CellSummary], axis: str, order: Sequence[str]) -> list[str]:
    return ordered_names({str(getattr(cell, axis)) for cell in cells}, order)


def _all(found: list[str]) -> str:
    return text.line(", ".join(found[:8]) + (f" and {len(found) - 8} more" if found[8:] else ""))
