"""The same cells over several runs."""

from runner.report import figures
from runner.report.document import Column, Entry, Section, Table
from runner.report.view import View, ordered
from runner.results import Context, HistoryPoint

_HOW = (
    "Ratios to the baseline of the cell's block, run by run in the order of time. No ratio is "
    "formed between two runs: a machine's speed changes by tens of percent from day to day, a "
    "ratio inside a run by a few. `ipcmatrix compare` judges a change."
)
_SHOWN = 12
"""Runs that a report shows, the latest."""


def history(view: View) -> Section:
    """Return each cell's ratio to its baseline, a column each run."""
    rows = view.findings.history
    runs = list(dict.fromkeys(row.run for row in sorted(rows, key=lambda row: (row.time, row.run))))
    if len(runs) < 2:
        return Section("history", "Over the runs")
    contexts = [one for one in view.contexts if any(row.context == one for row in rows)]
    tables = [
        _table(view, one, [row for row in rows if row.context == one], runs[-_SHOWN:])
        for one in contexts
    ]
    return Section("history", "Over the runs", details=tables)


def _table(view: View, context: Context, rows: list[HistoryPoint], runs: list[str]) -> Table:
    found = {(row.transport, row.python, row.run): row for row in rows}
    lines = [
        [
            Entry(view.name("transport", transport)),
            Entry(python),
            *(_entry(found.get((transport, python, run))) for run in runs),
        ]
        for transport in ordered({row.transport for row in rows}, view.transports)
        for python in ordered({row.python for row in rows}, view.pythons)
        if any((transport, python, run) in found for run in runs)
    ]
    columns = [Column("transport"), Column("Python"), *(Column(run, "right") for run in runs)]
    title = f"Ratios to the baseline over the runs ({view.label(context)})"
    return Table(f"history-{view.anchor(context)}", title, columns, lines, _HOW, heads=2)


def _entry(row: HistoryPoint | None) -> Entry:
    if row is None:
        return Entry(figures.NOTHING)
    rate = f"{figures.scaled(row.rate)}/s"
    return Entry(figures.ratio(row.ratio) if row.ratio else "1", rate, row.ratio)
