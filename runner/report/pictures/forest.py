"""Forest plots: ratios with their intervals, and the zone that counts as equal."""

from collections.abc import Mapping, Sequence

import altair as alt

from runner.report import figures, phrases
from runner.report.pictures import theme
from runner.report.pictures.drawing import Drawing, data, layer, log_scale, panel_title, ticks
from runner.report.view import View
from runner.results import Comparison, Context

_ROW, _WIDTH = 36, 280


def forest(view: View) -> Drawing | None:
    """Draw every transport against the baseline, and own channels against a shared one."""
    contexts = view.contexts_of("transport")
    if not contexts:
        return None
    baseline = view.baseline("transport", contexts[0])
    panels = [
        ("versus", _versus(view, contexts[0], baseline)),
        ("opposed", _by_python(view, contexts[0])),
    ]
    drawn = [(kind, rows) for kind, rows in panels if rows]
    if not drawn:
        return None
    name, own, shared = (view.name("transport", one) for one in (baseline, *view.opposed))
    titles = {
        "versus": f"Each transport relative to {name}, Python {view.newest}",
        "opposed": f"{own} relative to {shared}, by Python",
    }
    charts = [_panel(rows, titles[kind], view.findings.margin) for kind, rows in drawn]
    label = view.label(contexts[0])
    said = f"Ratios of speed with 95 % intervals, {label}. " + " ".join(
        f"{row['name']}: {row['text']}." for _, rows in drawn for row in rows
    )
    margin = figures.percent(view.findings.margin)
    subtitle = (
        f"{label}; logarithmic scale\n"
        f"bars: 95 % intervals; grey zone: equal within ±{margin}{_modes(drawn)}"
    )
    chart = alt.vconcat(*charts, spacing=24)
    return Drawing("forest", "Ratios with their intervals", subtitle, said, chart)


def _modes(panels: Sequence[tuple[str, Sequence[Mapping[str, object]]]]) -> str:
    """Return what ‡ and † mean, where they are shown."""
    text = "".join(str(row["text"]) for _, rows in panels for row in rows)
    if not any(mark.strip() in text for mark in phrases.MODES_MARKS.values()):
        return ""
    return "\n‡ in different modes († in few rounds)"


def _versus(view: View, context: Context, baseline: str) -> list[Mapping[str, object]]:
    pairs = view.transport_pairs(view.newest, context)
    every = (pairs.get(one, baseline) for one in view.transports)
    found = [pair for pair in every if pair is not None]
    found.sort(key=lambda pair: -(pair.ratio or 0.0))
    return [_row(view.name("transport", pair.a), pair) for pair in found if pair.ratio]


def _by_python(view: View, context: Context) -> list[Mapping[str, object]]:
    found = [
        (python, view.transport_pairs(python, context).get(*view.opposed))
        for python in view.pythons
    ]
    return [_row(python, pair) for python, pair in found if pair is not None and pair.ratio]


def _row(name: str, pair: Comparison) -> Mapping[str, object]:
    return {
        "name": name,
        "ratio": pair.ratio,
        "low": pair.low if pair.span.bounded else pair.ratio,
        "high": pair.high if pair.span.bounded else pair.ratio,
        "text": f"{figures.times(pair.span)} {phrases.mark(pair)}",
        "verdict": pair.verdict,
    }


def _panel(rows: Sequence[Mapping[str, object]], title: str, margin: float) -> alt.LayerChart:
    lows, highs = ([float(str(row[end])) for row in rows] for end in ("low", "high"))
    domain = (min([*lows, 0.8]) / 1.08, max([*highs, 1.25]) * 1.08)
    values = ticks(*domain)
    x = alt.X(
        "ratio:Q",
        scale=log_scale(domain),
        title=None,
        axis=alt.Axis(values=sorted({*values, 1.0}), format="~g"),
    )
    order = [str(row["name"]) for row in rows]
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labels=False, ticks=False))
    base = alt.Chart(data(rows)).encode(y)
    bars = base.mark_rule(strokeWidth=2, color=theme.colour(0)).encode(
        x=alt.X("low:Q", scale=log_scale(domain)), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=70, opacity=1, color=theme.colour(0)).encode(x)
    said = [_words(base, "name:N", theme.INK, -7), _words(base, "text:N", theme.MUTED, 8)]
    drawn = layer(_zone(margin, domain), _one(domain), bars, points, *said)
    return drawn.properties(
        width=_WIDTH,
        height=_ROW * len(rows),
        title=panel_title(title),
    )


def _words(base: alt.Chart, field: str, colour: str, below: int) -> alt.Chart:
    """Write a field beside each row: the name, and under it the figures, near on a phone too."""
    words: alt.Chart = base.mark_text(align="right", color=colour, dy=below).encode(
        x=alt.value(-10), text=field
    )
    return words


def _zone(margin: float, domain: tuple[float, float]) -> alt.Chart:
    ends = [{"low": 1 / (1 + margin), "high": 1 + margin}]
    scale = log_scale(domain)
    zone: alt.Chart = (
        alt.Chart(data(ends))
        .mark_rect(color=theme.ZONE)
        .encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    )
    return zone


def _one(domain: tuple[float, float]) -> alt.Chart:
    rule = alt.Chart(data([{"one": 1.0}])).mark_rule(color=theme.MUTED, strokeDash=[4, 3])
    drawn: alt.Chart = rule.encode(x=alt.X("one:Q", scale=log_scale(domain)))
    return drawn
