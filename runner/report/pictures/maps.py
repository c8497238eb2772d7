"""Heat maps, transport × Python: messages per second, and ratios to the baseline."""

import math
from collections.abc import Mapping, Sequence

import altair as alt

from runner.report import figures, phrases, text
from runner.report.pictures.drawing import Drawing, data, layer
from runner.report.view import View, ordered
from runner.results import Context

_ROW, _COLUMN = 30, 66
_STEP = 2.0
"""The ratio map's colours end at 2**2 in either direction; beyond, the text tells."""


def rate_map(view: View) -> Drawing | None:
    """Draw messages per second in the first context."""
    base = view.base
    found = [row for key, row in view.measured.items() if key[2] == base]
    if base is None or not found:
        return None
    logs = [math.log10(row.rate or 1.0) for row in found]
    low, span = min(logs), max(max(logs) - min(logs), 1e-9)
    values = [
        {
            "transport": view.name("transport", row.transport),
            "python": row.python,
            "value": place,
            "text": figures.scaled(row.rate),
            "bright": (place - low) / span > 0.45,
        }
        for row, place in zip(found, logs, strict=True)
    ]
    best = max(found, key=lambda row: row.rate or 0.0)
    said = (
        f"Heat map of messages per second by transport and Python, {view.label(base)}. The "
        f"fastest is {view.name('transport', best.transport)} under {best.python} with "
        f"{figures.scaled(best.rate)}."
    )
    scale = alt.Scale(scheme="viridis", domain=[low, low + span])
    chart = _grid(view, values, scale)
    return Drawing("rate-map", "Messages per second", view.label(base), said, chart)


def ratio_map(view: View) -> Drawing | None:
    """Draw speeds relative to the baseline in the first context that has them."""
    contexts = view.contexts_of("transport")
    if not contexts:
        return None
    baseline = view.baseline("transport", contexts[0])
    values = _ratios(view, contexts[0], baseline)
    if not values:
        return None
    name, label = view.name("transport", baseline), view.label(contexts[0])
    said = (
        f"Heat map of speed relative to {name} by transport and Python, {label}. Orange is faster "
        "than the baseline, blue slower; each field holds the ratio and its verdict."
    )
    scale = alt.Scale(scheme="blueorange", domain=[-_STEP, _STEP], clamp=True)
    chart = _grid(view, values, scale)
    marks = "▲ faster, ▼ slower, = equal, ? open, ! no verdict\n"
    marks += "‡ modes mixed († in few rounds)"
    subtitle = f"{text.visible(label)}\n{marks}"
    return Drawing("ratio-map", f"Speed relative to {name}", subtitle, said, chart)


def _ratios(view: View, context: Context, baseline: str) -> list[Mapping[str, object]]:
    values: list[Mapping[str, object]] = []
    for python in view.pythons:
        pairs = view.transport_pairs(python, context)
        for transport in view.transports:
            pair = pairs.get(transport, baseline)
            if pair is None or not pair.ratio:
                continue
            place = math.log2(pair.ratio)
            values.append(
                {
                    "transport": view.name("transport", transport),
                    "python": python,
                    "value": place,
                    "text": f"{figures.ratio(pair.ratio)} {phrases.mark(pair)}",
                    "bright": -1.2 < place < 1.7,
                }
            )
    return values


def _grid(view: View, values: Sequence[Mapping[str, object]], scale: alt.Scale) -> alt.LayerChart:
    """Draw fields with their text; `bright` says where the field is bright and its text dark."""
    pythons = ordered({str(one["python"]) for one in values}, view.pythons)
    pretty = [view.name("transport", one) for one in view.transports]
    rows = ordered({str(one["transport"]) for one in values}, pretty)
    x = alt.X("python:N", sort=pythons, title="Python", axis=alt.Axis(labelAngle=0, orient="top"))
    y = alt.Y("transport:N", sort=rows, title=None)
    base = alt.Chart(data(values)).encode(x, y)
    fields = base.mark_rect(stroke="#fffffe", strokeWidth=1).encode(
        alt.Color("value:Q", scale=scale, legend=None)
    )
    dark = alt.value("#10151a")
    words = base.mark_text(fontSize=12).encode(
        alt.Text("text:N"), color=alt.condition("datum.bright", dark, alt.value("#fdfdfd"))
    )
    return layer(fields, words).properties(width=_COLUMN * len(pythons), height=_ROW * len(rows))
