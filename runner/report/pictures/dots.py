"""Dots in rows: latency percentiles, the A/A twins, and the drift of a sitting."""

from collections.abc import Mapping, Sequence

import altair as alt

from runner.report import figures, names
from runner.report.pictures import theme
from runner.report.pictures.drawing import Drawing, data, decades, layer, log_scale, ticks
from runner.report.reading import read
from runner.report.rows import DriftRow, TwinRow
from runner.report.view import View

_PERCENTILES = (("latency_p50", "median"), ("latency_p90", "90 %"), ("latency_p99", "99 %"))
_TAIL = (("latency_p999", "99.9 %"), ("latency_max", "longest"))
_MARKS = ("circle", "square", "triangle-up", "diamond", "cross")
_COLOURS = ("pipe", "simple_queue", "manager_queue", "queue", "os_pipe")
_TWINS = 120
"""Twins drawn; of more, every n-th of the sorted ones stands for its neighbours."""
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
        if key[0] == view.newest and key[2] == context and row.latency_p50
    ]
    if context is None or not rows:
        return None
    rows.sort(key=lambda row: row.latency_p50 or 0.0)
    values = [
        {"transport": names.transport(row.transport), "mark": title, "time": time}
        for row in rows
        for field, title in (*_PERCENTILES, *_TAIL)
        if (time := getattr(row, field))
    ]
    label = f"Python {view.newest}, {view.label(context)}"
    said = f"Percentiles of round trips, {label}, on a logarithmic axis. " + " ".join(
        f"{names.transport(row.transport)}: median {figures.seconds(row.latency_p50)}, "
        f"99 % {figures.seconds(row.latency_p99)}."
        for row in rows
    )
    order = [names.transport(row.transport) for row in rows]
    return Drawing("latency", "Latency of a round trip", label, said, _ranges(values, order))


def _ranges(values: Sequence[Mapping[str, object]], order: Sequence[str]) -> alt.LayerChart:
    domain = decades([float(str(one["time"])) for one in values])
    axis = alt.Axis(values=ticks(*domain), labelExpr=_TIME)
    x = alt.X("time:Q", scale=log_scale(domain), title="round trip", axis=axis)
    y = alt.Y("transport:N", sort=list(order), title=None)
    titles = [title for _, title in (*_PERCENTILES, *_TAIL)]
    colours = [theme.colour(one) for one in _COLOURS]
    legend = alt.Legend(orient="top", title=None, direction="horizontal", symbolSize=80)
    marks = alt.Scale(domain=titles, range=list(_MARKS))
    base = alt.Chart(data(values)).encode(y)
    spans = base.mark_line(color=theme.GRID, strokeWidth=3).encode(x, detail="transport:N")
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        x,
        color=alt.Color("mark:N", scale=alt.Scale(domain=titles, range=colours), legend=legend),
        shape=alt.Shape("mark:N", scale=marks, legend=legend),
    )
    return layer(spans, points).properties(width=520, height=28 * len(order))


def noise(view: View) -> Drawing | None:
    """Draw the A/A twins, sorted, and how the level moved in the course of each sitting."""
    twins, drift = _twins(view), read(view.findings.drift, DriftRow)
    panels = []
    if len(twins) > 1:
        panels.append(_caterpillar(twins, view.findings.margin))
    if len({row.minute for row in drift}) > 1:
        panels.append(_drift(drift))
    if not panels:
        return None
    outside = sum(1 for row in twins if _apart(row))
    said = (
        f"Noise floor: {len(twins)} comparisons of the reference with itself; the intervals of "
        f"{outside} exclude 1."
    )
    if drift:
        levels = [row.level for row in drift if row.level]
        low, high = (figures.percent(end - 1, 1) for end in (min(levels), max(levels)))
        said += f" In the course of the sitting the level moved between {low} and {high}."
    margin = figures.percent(view.findings.margin)
    subtitle = f"grey zone: ±{margin}"
    chart = alt.vconcat(*panels, spacing=24)
    return Drawing("noise", "Noise floor and drift", subtitle, said, chart)


def _apart(row: TwinRow) -> bool:
    return (row.low or 0.0) > 1 or (row.high or 2.0) < 1


def _twins(view: View) -> list[TwinRow]:
    frame = view.findings.head_to_heads
    if frame.empty:
        return []
    rows = read(frame[frame["twin"].astype(bool) & (frame["clock"] == "fair")], TwinRow)
    rows = sorted((row for row in rows if row.ratio), key=lambda row: row.ratio or 0.0)
    return rows[:: -(-len(rows) // _TWINS)] if rows else []


def _caterpillar(twins: Sequence[TwinRow], margin: float) -> alt.LayerChart:
    values = [
        {
            "place": place,
            "ratio": row.ratio,
            "low": row.low if row.low and row.high else row.ratio,
            "high": row.high if row.low and row.high else row.ratio,
            "apart": _apart(row),
        }
        for place, row in enumerate(twins)
    ]
    ends = [float(str(one[end])) for one in values for end in ("low", "high")]
    domain = (min([*ends, 1 / (1 + margin)]) / 1.01, max([*ends, 1 + margin]) * 1.01)
    axis = alt.Axis(values=ticks(*domain), format="~g")
    y = alt.Y("ratio:Q", scale=log_scale(domain), title="twin / reference", axis=axis)
    x = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[-1, len(values)], nice=False))
    colour = alt.condition("datum.apart", alt.value(theme.colour("pipe")), alt.value(theme.MUTED))
    base = alt.Chart(data(values)).encode(x)
    bars = base.mark_rule(strokeWidth=1.5).encode(
        alt.Y("low:Q", scale=log_scale(domain), title="twin / reference", axis=axis),
        alt.Y2("high:Q"),
        color=colour,
    )
    points = base.mark_point(filled=True, size=28, opacity=1).encode(y, color=colour)
    title = "The reference against itself (A/A twins, sorted; coloured: interval excludes 1)"
    return layer(_zone(margin, domain), bars, points).properties(
        width=520, height=170, title=alt.TitleParams(title, fontSize=13, fontWeight="normal")
    )


def _zone(margin: float, domain: tuple[float, float]) -> alt.LayerChart:
    band = (
        alt.Chart(data([{"low": 1 / (1 + margin), "high": 1 + margin}]))
        .mark_rect(color=theme.ZONE)
        .encode(alt.Y("low:Q", scale=log_scale(domain)), alt.Y2("high:Q"))
    )
    one = (
        alt.Chart(data([{"one": 1.0}]))
        .mark_rule(color=theme.MUTED, strokeDash=[4, 3])
        .encode(alt.Y("one:Q", scale=log_scale(domain)))
    )
    return layer(band, one)


def _drift(rows: Sequence[DriftRow]) -> alt.LayerChart:
    """Draw the level over the minutes of a sitting, a line each sitting."""
    values = [
        {"minute": row.minute, "level": row.level, "sitting": f"{row.machine} {row.sitting}"}
        for row in rows
        if row.level
    ]
    sittings = sorted({str(one["sitting"]) for one in values})
    levels = [float(str(one["level"])) for one in values]
    domain = [min([*levels, 0.95]) / 1.01, max([*levels, 1.05]) * 1.01]
    legend = alt.Legend(title="sitting", orient="right") if len(sittings) > 1 else None
    y = alt.Y(
        "level:Q", scale=alt.Scale(domain=domain, zero=False, nice=False), title="rate / median"
    )
    base = alt.Chart(data(values)).encode(
        alt.X("minute:Q", title="minutes since the sitting began", axis=alt.Axis(grid=False)), y
    )
    dashed = alt.StrokeDash("sitting:N", legend=legend)
    lines = base.mark_line(strokeWidth=2, color=theme.colour("pipe")).encode(strokeDash=dashed)
    one = (
        alt.Chart(data([{"one": 1.0}]))
        .mark_rule(color=theme.MUTED, strokeDash=[4, 3])
        .encode(alt.Y("one:Q", scale=alt.Scale(domain=domain, zero=False, nice=False)))
    )
    title = alt.TitleParams(
        "How the level moved in the course of a sitting", fontSize=13, fontWeight="normal"
    )
    return layer(one, lines).properties(width=520, height=130, title=title)
