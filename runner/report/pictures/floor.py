"""The noise floor: the A/A controls, and the drift of a session."""

from collections.abc import Sequence

import altair as alt

from runner.report import figures
from runner.report.pictures import theme
from runner.report.pictures.drawing import (
    Drawing,
    Values,
    data,
    layer,
    log_scale,
    panel_title,
    ticks,
)
from runner.report.view import View
from runner.results import Comparison, Drift

FIT = 160
"""Controls that fit side by side; of more, all that exclude 1, and some of the others."""
_REACH = 2.0
"""The factor from 1 at which the bars of controls are cut; an arrow says that they go on."""


def noise(view: View) -> Drawing | None:
    """Draw the A/A controls, sorted, and how the level moved in the course of each session."""
    controls, drift = _controls(view), view.findings.drift
    panels = []
    if len(controls) > 1:
        pooled = ", sessions pooled" * (len(view.findings.noise) > 1)
        panels.append(_caterpillar(controls, view.findings.margin, pooled))
    if len({row.minute for row in drift}) > 1:
        panels.append(_drift(drift))
    if not panels:
        return None
    said = (
        f"Noise floor: {figures.count(len(controls), 'comparison')} of the baseline with itself; "
    )
    said += f"the interval excludes 1 in {sum(_apart(row) for row in controls)}."
    if drift:
        levels = [row.level for row in drift if row.level]
        low, high = (figures.percent(end - 1, 1) for end in (min(levels), max(levels)))
        said += f" In the course of the session the level moved between {low} and {high}."
    margin = figures.percent(view.findings.margin)
    subtitle = f"grey zone: ±{margin}; bars: 95 % intervals"
    subtitle += ", an arrow where one goes on" * _cut(controls, view.findings.margin)
    chart = alt.vconcat(*panels, spacing=24)
    return Drawing("noise", "Noise floor and drift", subtitle, said, chart)


def _apart(row: Comparison) -> bool:
    return row.low > 1 or row.high < 1


def _cut(controls: Sequence[Comparison], margin: float) -> bool:
    """Return whether a bar that is drawn goes on beyond its end."""
    shown = fitting(controls)
    return bool(shown) and any(beyond(row, reached(shown, margin)) for row in shown)


def _controls(view: View) -> list[Comparison]:
    return sorted((one for one in view.controls if one.ratio), key=lambda row: row.ratio or 0.0)


def fitting(controls: Sequence[Comparison], room: int = FIT) -> list[Comparison]:
    """Return the controls to draw: all that exclude 1, and as many others as fit.

    Those are spread evenly over the sorted ones, and each stands for its neighbours.
    """
    others = [place for place, row in enumerate(controls) if not _apart(row)]
    left = room - (len(controls) - len(others))
    step = 1 if len(others) <= left else -(-len(others) // max(left, 1))
    kept = set(others[::step])
    return [row for place, row in enumerate(controls) if place in kept or _apart(row)]


def _caterpillar(every: Sequence[Comparison], margin: float, pooled: str) -> alt.LayerChart:
    controls = fitting(every)
    reach = reached(controls, margin)
    domain = (reach[0] / 1.04, reach[1] * 1.04)
    values = [_bar(place, row, reach) for place, row in enumerate(controls)]
    scale = log_scale(domain)
    axis = alt.Axis(values=ticks(*domain), format="~g")
    x = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[-1, len(values)], nice=False))
    colour = alt.condition("datum.apart", alt.value(theme.colour(0)), alt.value(theme.MUTED))
    base = alt.Chart(data(values)).encode(x, color=colour)
    bars = base.mark_rule(strokeWidth=1.5).encode(
        alt.Y("low:Q", scale=scale, title="control / baseline", axis=axis), alt.Y2("high:Q")
    )
    points = base.mark_point(filled=True, size=20 if len(controls) > 80 else 28, opacity=1).encode(
        alt.Y("ratio:Q", scale=scale)
    )
    title = panel_title(_title(len(controls), every, pooled))
    drawn = layer(_zone(margin, domain), bars, points, *_arrows(values, x, scale))
    return drawn.properties(width=620, height=190, title=title)


def _title(drawn: int, every: Sequence[Comparison], pooled: str) -> str:
    said = (
        f"The baseline against itself: {figures.count(len(every), 'A/A control')}{pooled}, sorted"
    )
    if drawn < len(every):
        said += f", {drawn} of them drawn"
    return f"{said}; blue: the interval excludes 1 ({sum(_apart(row) for row in every)})"


def reached(controls: Sequence[Comparison], margin: float) -> tuple[float, float]:
    """Return between which ends bars are drawn: they hold every median, and bars up to a factor."""
    medians = [row.ratio or 1.0 for row in controls]
    low = max(min(row.low or row.ratio or 1.0 for row in controls), 1 / _REACH)
    high = min(max(row.high if row.span.bounded else row.ratio or 1.0 for row in controls), _REACH)
    return min(low, 1 / (1 + margin), *medians), max(high, 1 + margin, *medians)


def _bar(place: int, row: Comparison, reach: tuple[float, float]) -> dict[str, object]:
    low, high = (row.low, row.high) if row.span.bounded else (row.ratio, row.ratio)
    return {
        "place": place,
        "ratio": row.ratio,
        "low": max(low or 0.0, reach[0]),
        "high": min(high or 0.0, reach[1]),
        "beyond": beyond(row, reach),
        "apart": _apart(row),
    }


def beyond(row: Comparison, reach: tuple[float, float]) -> str:
    """Return at which ends the interval goes on: `low`, `high`, both, or none."""
    if not row.span.bounded:
        return ""
    return "low" * (row.low < reach[0]) + "high" * (row.high > reach[1])


def _arrows(values: Values, x: alt.X, scale: alt.Scale) -> list[alt.Chart]:
    """Draw arrowheads at the ends of bars that go on beyond the axis."""
    shapes = {"low": "triangle-down", "high": "triangle-up"}
    cut = {end: [one for one in values if end in str(one["beyond"])] for end in shapes}
    return [
        alt.Chart(data(found))
        .mark_point(filled=True, shape=shapes[end], size=40, opacity=1, color=theme.MUTED)
        .encode(x, alt.Y(f"{end}:Q", scale=scale))
        for end, found in cut.items()
        if found
    ]


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


def _drift(rows: Sequence[Drift]) -> alt.LayerChart:
    """Draw the level over the minutes of a session, a line each session."""
    several = len({row.machine for row in rows}) > 1
    values = [
        {
            "minute": row.minute,
            "level": row.level,
            "session": f"{row.machine} {row.session}" if several else str(row.session),
        }
        for row in rows
        if row.level
    ]
    sessions = sorted({str(one["session"]) for one in values})
    levels = [float(str(one["level"])) for one in values]
    domain = [min([*levels, 0.95]) / 1.01, max([*levels, 1.05]) * 1.01]
    legend = alt.Legend(title="session", orient="right") if len(sessions) > 1 else None
    y = alt.Y(
        "level:Q", scale=alt.Scale(domain=domain, zero=False, nice=False), title="rate / median"
    )
    base = alt.Chart(data(values)).encode(
        alt.X(
            "minute:Q",
            title="minutes since the session began",
            axis=alt.Axis(grid=False, tickCount=10),
        ),
        y,
    )
    dashed = alt.StrokeDash("session:N", legend=legend)
    lines = base.mark_line(strokeWidth=2, color=theme.colour(0)).encode(strokeDash=dashed)
    one = (
        alt.Chart(data([{"one": 1.0}]))
        .mark_rule(color=theme.MUTED, strokeDash=[4, 3])
        .encode(alt.Y("one:Q", scale=alt.Scale(domain=domain, zero=False, nice=False)))
    )
    title = panel_title("How the level moved in the course of a session")
    return layer(one, lines).properties(width=620, height=130, title=title)
