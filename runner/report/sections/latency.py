"""Round trips: how long an answer takes."""

from runner.report import figures, names
from runner.report.contexts import Context
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.rows import CellRow
from runner.report.view import View

_MISSING = "Not measured. Put `request_reply` on the axis `topology`, then `ipcmatrix run`."
_COLUMNS = (
    Column("transport"),
    Column("Python"),
    *(Column(one, "right") for one in ("median", "90 %", "99 %", "99.9 %", "longest")),
    Column("mode"),
)


def latency(view: View) -> Section:
    """Return the percentiles of the round trips."""
    contexts = [one for one in view.contexts if any(_timed(view, one))]
    if not contexts:
        return Section("latency", "Latency", missing=_MISSING)
    tables = [_table(view, one, place > 0) for place, one in enumerate(contexts)]
    said = (
        "Round trips of a message and its answer, one at a time for each worker: medians over the "
        "trials of each trial's percentile."
    )
    if all(row.latency_p999 == row.latency_max for one in contexts for row in _timed(view, one)):
        said += " A trial had fewer than 1,000 of them: its 99.9 % is the longest."
    return Section("latency", "Latency", [said], pictures=["latency"], tables=tables)


def _timed(view: View, context: Context) -> list[CellRow]:
    return [
        row
        for key, row in view.measured.items()
        if key[2] == context and row.latency_p50 is not None
    ]


def _table(view: View, context: Context, folded: bool) -> Table:
    rows = sorted(
        _timed(view, context),
        key=lambda row: (names.transport_key(row.transport), names.version_key(row.python)),
    )
    title = f"Round trips ({view.label(context)})"
    lines = [_line(row) for row in rows]
    return Table(f"latency-{view.anchor(context)}", title, _COLUMNS, lines, folded=folded, heads=2)


def _line(row: CellRow) -> list[Entry]:
    marks = (row.latency_p50, row.latency_p90, row.latency_p99, row.latency_p999, row.latency_max)
    return entries(
        names.transport(row.transport),
        row.python,
        *(Entry(figures.seconds(one), value=one) for one in marks),
        names.MODES.get(row.mode, figures.NOTHING),
    )
