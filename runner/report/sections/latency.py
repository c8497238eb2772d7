"""Round trips: how long an answer takes."""

from runner.report import figures, names
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View
from runner.results import CellSummary, Context

_SHARES = (0.5, 0.9, 0.99, 0.999)
_ROUNDING = 1e-9
_MISSING = "Not measured. Put `request_reply` on the axis `topology`, then `ipcmatrix run`."
_COLUMNS = (
    Column("transport"),
    Column("Python"),
    *(Column(one, "right") for one in ("median", "90 %", "99 %", "99.9 %", "longest")),
    Column("mode"),
)


def known(row: CellSummary, share: float) -> float | None:
    """Return a percentile in seconds; None where a trial has too few trips for one beyond it."""
    enough = (row.messages_median or 0.0) * (1 - share) >= 1 - _ROUNDING
    return _percentiles(row)[share] if enough else None


def _percentiles(row: CellSummary) -> dict[float, float | None]:
    figures_of = (row.latency_p50, row.latency_p90, row.latency_p99, row.latency_p999)
    return dict(zip(_SHARES, figures_of, strict=True))


def percentile(row: CellSummary, share: float) -> str:
    """Return a percentile in words."""
    return figures.seconds(known(row, share))


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
    if any(
        percentile(row, 0.999) == figures.NOTHING for one in contexts for row in _timed(view, one)
    ):
        said += (
            " A percentile is shown where a trial has trips enough to hold it: 100 for 99 %, 1,000 "
            "for 99.9 %."
        )
    return Section("latency", "Latency", [said], pictures=["latency"], tables=tables)


def _timed(view: View, context: Context) -> list[CellSummary]:
    return [
        row
        for key, row in view.measured.items()
        if key[2] == context and row.latency_p50 is not None
    ]


def _table(view: View, context: Context, folded: bool) -> Table:
    rows = sorted(
        _timed(view, context),
        key=lambda row: (
            view.catalogue.key("transport", row.transport),
            names.version_key(row.python),
        ),
    )
    title = f"Round trips ({view.label(context)})"
    lines = [_line(view, row) for row in rows]
    return Table(f"latency-{view.anchor(context)}", title, _COLUMNS, lines, folded=folded, heads=2)


def _line(view: View, row: CellSummary) -> list[Entry]:
    longest = Entry(figures.seconds(row.latency_max), value=row.latency_max)
    return entries(
        view.name("transport", row.transport),
        row.python,
        *(Entry(percentile(row, share), value=known(row, share)) for share in _SHARES),
        longest,
        names.MODES.get(row.mode, figures.NOTHING),
    )
