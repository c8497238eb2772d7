"""The picture of the finding: ratios to the baseline with their intervals, one panel."""

import textwrap
from collections.abc import Mapping, Sequence

import altair as alt

from runner.report import figures, finding, phrases
from runner.report.pictures import theme
from runner.report.pictures.drawing import (
    ABOUT,
    Drawing,
    data,
    layer,
    log_scale,
    ticks,
    tooltip,
)
from runner.report.view import View

_ROW, _WIDTH, _TITLE = 26, 430, 62
_PYTHONS = 3
"""Pythons from which on the picture is by Python."""
_SLOW = 1 / 4
"""Speed relative to the baseline below which a transport is named, not drawn: the axis is short."""


def forest(view: View) -> Drawing | None:
    """Draw own channels over the shared one by Python; of few Pythons, each transport."""
    contexts = view.contexts_of("transport")
    if not contexts:
        return None
    context, baseline = contexts[0], view.baseline("transport", contexts[0])
    own, shared = (view.name("transport", one) for one in view.opposed)
    pairs = {one: view.transport_pairs(one, context) for one in view.pythons}
    rows = [(one, pairs[one].get(*view.opposed)) for one in view.pythons]
    found = [(name, pair) for name, pair in rows if pair is not None and pair.ratio]
    said, left = f"{own} relative to {shared}, by Python", list[str]()
    if len(found) < _PYTHONS:
        every = (pairs[view.newest].get(one, baseline) for one in view.transports)
        options = [
            pair
            for pair in every
            if pair is not None and pair.ratio and not view.catalogue.bounds(pair.a)
        ]
        options.sort(key=lambda pair: -(pair.ratio or 0))
        near = [pair for pair in options if (pair.ratio or 1) >= _SLOW]
        found = [(view.name("transport", pair.a), pair) for pair in near or options]
        left = [view.name("transport", pair.a) for pair in options[len(near) :]] if near else []
        name = view.name("transport", baseline)
        said = f"Each transport relative to {name}, Python {view.newest}"
    if not found:
        return None
    values: list[Mapping[str, object]] = [
        {
            "name": name,
            "ratio": pair.ratio,
            "low": pair.low if pair.span.bounded else pair.ratio,
            "high": pair.high if pair.span.bounded else pair.ratio,
            "text": figures.times(pair.span),
            "decided": phrases.direction(pair) is not None,
            ABOUT: f"{name}: {figures.times(pair.span)}, {pair.verdict}",
        }
        for name, pair in found
    ]
    margin = figures.percent(view.findings.margin)
    title = finding.find(view).title
    described = " ".join(f"{row['name']}: {row['text']}." for row in values)
    how = f"logarithmic scale; bars: 95 % intervals; grey: equal within ±{margin}"
    under = f"{said} ({view.label(context)})\n{how}"
    under += f"\nslower than {_SLOW:g}×: {', '.join(left)}" * bool(left)
    chart = _panel(values, view.findings.margin)
    title = "\n".join(textwrap.wrap(title, _TITLE))
    return Drawing("forest", title, under, f"{said}. {described}", chart)


def _panel(rows: Sequence[Mapping[str, object]], margin: float) -> alt.LayerChart:
    lows, highs = ([float(str(row[end])) for row in rows] for end in ("low", "high"))
    domain = (min([*lows, 0.9]) / 1.06, max([*highs, 1.1]) * 1.06)
    scale = log_scale(domain)
    axis = alt.Axis(values=sorted({*ticks(*domain), 1.0}), format="~g", labelExpr="datum.label+'×'")
    x = alt.X("ratio:Q", scale=scale, title=None, axis=axis)
    order = [str(row["name"]) for row in rows]
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False))
    base = alt.Chart(data(rows)).encode(y)
    ink = alt.condition("datum.decided", alt.value(theme.colour(0)), alt.value(theme.MUTED))
    bars = base.mark_rule(strokeWidth=3).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q", color=ink
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(x, color=ink, **tooltip())
    said = base.mark_text(align="left", color=theme.MUTED).encode(
        x=alt.value(_WIDTH + 12), text="text:N"
    )
    ends = [{"low": 1 / (1 + margin), "high": 1 + margin, "one": 1.0}]
    zone = alt.Chart(data(ends)).mark_rect(color=theme.ZONE)
    one = alt.Chart(data(ends)).mark_rule(color=theme.MUTED, strokeDash=[4, 3])
    drawn = layer(
        zone.encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        one.encode(x=alt.X("one:Q", scale=scale)),
        bars,
        points,
        said,
    )
    # Room at the right for a font that is wider than the renderer's.
    room = {"left": 12, "right": 40, "top": 12, "bottom": 12}
    return drawn.properties(width=_WIDTH, height=_ROW * len(rows), padding=room)
