"""The percentiles of round trips, a row of dots for each transport."""

from collections.abc import Mapping, Sequence

import altair as alt

from runner.report import figures
from runner.report.pictures import theme
from runner.report.pictures.drawing import (
    ABOUT,
    Drawing,
    data,
    decades,
    layer,
    log_scale,
    ticks,
    tooltip,
)
from runner.report.sections.latency import known
from runner.report.view import View
from runner.results import CellSummary

_MARKS = (
    ("median", 0.5, "circle"),
    ("90 %", 0.9, "square"),
    ("99 %", 0.99, "triangle-up"),
    ("99.9 %", 0.999, "diamond"),
    ("longest", 1.0, "cross"),
)
"""What is marked: its name, the share of the trips below it, and the shape."""
_TIME = (
    "datum.value < 1e-3 ? format(datum.value * 1e6, '~r') + ' µs' : "
    "datum.value < 1 ? format(datum.value * 1e3, '~r') + ' ms' : format(datum.value, '~r') + ' s'"
)


def latency(view: View) -> Drawing | None:
    """Draw the percentiles of round trips under the newest Python, a row each transport."""
    context = next(
        (
            one
            for one in view.contexts
            if any(key[2] == one and row.latency_p50 for key, row in view.measured.items())
        ),
        None,
    )
    rows = [
        row
        for key, row in view.measured.items()
        if key[0] == view.newest
        and key[2] == context
        and row.latency_p50
        and not view.catalogue.bounds(row.transport)
    ]
    if context is None or not rows:
        return None
    rows.sort(key=lambda row: row.latency_p50 or 0.0)
    values = [
        {
            "transport": (name := view.name("transport", row.transport)),
            "mark": title,
            "time": time,
            ABOUT: f"{name}, {title}: {figures.seconds(time)}",
        }
        for row in rows
        for title, share, *_ in _MARKS
        if (time := row.latency_max if share == 1 else known(row, share))
    ]
    label = f"Python {view.newest}, {view.label(context)}"
    said = f"Percentiles of round trips, {label}, on a logarithmic axis. "
    said += " ".join(_in_words(view, row) for row in rows)
    order = [view.name("transport", row.transport) for row in rows]
    under = f"{label}; logarithmic scale"
    best = figures.seconds(rows[0].latency_p50)
    title = f"Fastest round trip on Python {view.newest}: {order[0]}, {best}"
    return Drawing("latency", title, under, said, _ranges(values, order))


def _in_words(view: View, row: CellSummary) -> str:
    tail = known(row, 0.99)
    last = (
        f"99 % {figures.seconds(tail)}" if tail else f"longest {figures.seconds(row.latency_max)}"
    )
    name = view.name("transport", row.transport)
    return f"{name}: median {figures.seconds(row.latency_p50)}, {last}."


def _ranges(values: Sequence[Mapping[str, object]], order: Sequence[str]) -> alt.LayerChart:
    domain = decades([float(str(one["time"])) for one in values])
    axis = alt.Axis(values=ticks(*domain), labelExpr=_TIME)
    x = alt.X("time:Q", scale=log_scale(domain), title="round trip", axis=axis)
    y = alt.Y("transport:N", sort=list(order), title=None)
    there = {str(one["mark"]) for one in values}
    marks = [one for one in _MARKS if one[0] in there]
    titles = [title for title, *_ in marks]
    legend = alt.Legend(orient="top", title=None, direction="horizontal", symbolSize=80)
    shapes = alt.Scale(domain=titles, range=[shape for *_, shape in marks])
    colours = alt.Scale(domain=titles, range=[theme.colour(_MARKS.index(one)) for one in marks])
    base = alt.Chart(data(values)).encode(y)
    spans = base.mark_line(color=theme.GRID, strokeWidth=3).encode(x, detail="transport:N")
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        x,
        color=alt.Color("mark:N", scale=colours, legend=legend),
        shape=alt.Shape("mark:N", scale=shapes, legend=legend),
        **tooltip(),
    )
    return layer(spans, points).properties(width=520, height=28 * len(order))
