"""Round trips: how long an answer takes."""

from runner.model import python_order
from runner.report import figures, names
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View
from runner.results import CellSummary, Context

_SHARES = (0.5, 0.9, 0.99, 0.999)
_ROUNDING = 1e-9
_ROWS = 10
_NOTE = (
    "Medians over the trials of each trial's percentile. A percentile needs enough round trips in "
    "a trial: 100 for 99 %, 1,000 for 99.9 %."
)
_COLUMNS = (
    Column("transport"),
    Column("Python"),
    *(Column(one, "right") for one in ("median", "90 %", "99 %", "99.9 %", "longest")),
    Column("mode"),
)


def known(row: CellSummary, share: float) -> float | None:
    """Return a percentile in seconds; None where a trial has too few trips for one beyond it."""
    if (row.messages_median or 0.0) * (1 - share) < 1 - _ROUNDING:
        return None
    values = (row.latency_p50, row.latency_p90, row.latency_p99, row.latency_p999)
    return values[_SHARES.index(share)]


def _percentile(row: CellSummary, share: float) -> Entry:
    seconds = known(row, share)
    return Entry(figures.seconds(seconds), value=seconds)


def latency(view: View) -> Section:
    """Return the round trips of the newest Python; every percentile below."""
    contexts = [one for one in view.contexts if any(_timed(view, one))]
    if not contexts:
        return Section("latency", "Round trips")
    rows = [
        row
        for one in contexts
        for row in sorted(_timed(view, one), key=lambda row: row.latency_p50 or 0.0)
        if row.python == view.newest and not view.catalogue.bounds(row.transport)
    ]
    lines = [
        entries(
            view.name("transport", row.transport),
            *([view.label(row.context)] if len(contexts) > 1 else []),
            *(_percentile(row, one) for one in (0.5, 0.99)),
        )
        for row in rows[:_ROWS]
    ]
    columns = [Column("transport"), *([Column("where")] if len(contexts) > 1 else [])]
    columns += [Column("median", "right"), Column("99th percentile", "right")]
    where = "" if len(contexts) > 1 else f" ({view.label(contexts[0])})"
    title = f"Round trip on Python {view.newest}{where}"
    return Section(
        "latency",
        "Round trips",
        pictures=["latency"],
        tables=[Table("round-trips", title, columns, lines)] * bool(lines),
        details=[_table(view, one) for one in contexts],
    )


def _timed(view: View, context: Context) -> list[CellSummary]:
    return [
        row
        for key, row in view.measured.items()
        if key[2] == context and row.latency_p50 is not None
    ]


def _table(view: View, context: Context) -> Table:
    rows = sorted(
        _timed(view, context),
        key=lambda row: (
            view.catalogue.key("transport", row.transport),
            python_order(row.python),
        ),
    )
    title = f"Round trips ({view.label(context)})"
    lines = [
        entries(
            view.name("transport", row.transport),
            row.python,
            *(_percentile(row, share) for share in _SHARES),
            Entry(figures.seconds(row.latency_max), value=row.latency_max),
            names.MODES.get(row.mode, figures.NOTHING),
        )
        for row in rows
    ]
    return Table(f"latency-{view.anchor(context)}", title, _COLUMNS, lines, _NOTE, heads=2)
