"""Throughput over the size of a message, and what bounds it: a bare transport, and a copy."""

from collections import Counter
from collections.abc import Mapping, Sequence

import altair as alt

from runner.report import finding
from runner.report.phrases import direction
from runner.report.pictures import theme
from runner.report.pictures.curves import HOLLOW, CurvePoint, Frame, curves, point
from runner.report.pictures.drawing import (
    PREFIXED,
    Drawing,
    data,
    decades,
    layer,
    log_scale,
    ticks,
)
from runner.report.view import View, ordered
from runner.results import CellSummary

COPY = "memory_copy_bytes_per_second"
"""The fact of a run, at any depth of run.json, from which the bound of copying is drawn."""
_UNITS = ((1_000_000, "MB"), (1_000, "kB"))
_COPIED = "a copy in memory"
_FEWEST, _JOINED = 3, 4
"""Sizes that make a picture, and from which on lines join them."""


def payloads(view: View) -> Drawing | None:
    """Draw messages per second over sizes of one kind of payload, under the newest Python."""
    base, python = view.base, view.newest
    if base is None:
        return None
    cells = [
        row
        for key, row in view.measured.items()
        if key[0] == python and key[2]._replace(payload="") == base._replace(payload="")
    ]
    kind = _kind(view, {row.payload for row in cells})
    if kind is None or len({row.payload for row in cells if _size(view, row, kind)}) < _FEWEST:
        return None
    sized = [(size, row) for row in cells if (size := _size(view, row, kind))]
    sized.sort(key=lambda one: one[0])
    points = [point(float(size), row) for size, row in sized]
    said = _bounds(view, points)
    hollow = [HOLLOW] * any(one.hollow for one in points)
    place = f"Python {python}, {base.topology}"
    return Drawing(
        "payloads",
        _point_of(view, [row for _, row in sized], kind),
        "\n".join([f"{place}; logarithmic scales", *[said] * bool(said), *hollow]),
        f"Messages per second over the size of {kind} messages, both logarithmic, {place}."
        + (f" {said[0].upper()}{said[1:]}." if said else ""),
        _sized(view, points),
    )


def _point_of(view: View, rows: Sequence[CellSummary], kind: str) -> str:
    """Return the fastest at the largest size, and by how much, where that is decided."""
    context = rows[-1].context
    baseline = view.baseline("transport", context)
    pairs = view.transport_pairs(view.newest, context)
    found = [
        pair
        for one in view.transports
        if one != baseline and not view.catalogue.bounds(one)
        if (pair := pairs.get(one, baseline)) and direction(pair) == 1
    ]
    if not found:
        return f"Messages per second by size ({kind})"
    best = max(found, key=lambda pair: pair.low)
    octets = view.catalogue.message_bytes(context.payload) or 0
    name, base = (view.name("transport", one) for one in (best.a, baseline))
    return f"{name}: {finding.factor(best.ratio or 1)} {base} at {finding.size(octets)}"


def _kind(view: View, payloads: set[str]) -> str | None:
    """Return the kind of payload of which most sizes were measured, two at the least."""
    kinds = Counter(one.rpartition(":")[0] for one in payloads if view.catalogue.message_bytes(one))
    found = max(sorted(kinds), key=lambda one: kinds[one], default=None)
    return found if found is not None and kinds[found] > 1 else None


def _size(view: View, row: CellSummary, kind: str) -> int | None:
    return (
        view.catalogue.message_bytes(row.payload)
        if row.payload.rpartition(":")[0] == kind
        else None
    )


def _bounds(view: View, points: Sequence[CurvePoint]) -> str:
    """Name the bounds that are drawn."""
    there = ordered({one.transport for one in points}, view.transports)
    found = [f"{view.name('transport', one)}, without pickling" for one in _bare(view, there)]
    found += [_COPIED] * (_copying(view.findings.run) is not None)
    return f"bounds: {'; '.join(found)}" if found else ""


def _bare(view: View, transports: Sequence[str]) -> list[str]:
    """Return those that move bytes but no objects between processes."""
    entries = [view.catalogue.entry("transport", one) for one in transports]
    return [one.name for one in entries if one and one.role == "bound"]


def _sized(view: View, points: Sequence[CurvePoint]) -> alt.LayerChart:
    sizes = sorted({float(point.x) for point in points})
    domain = (sizes[0], sizes[-1])
    scale = alt.Scale(type="log", base=2, domain=list(domain), nice=False)
    larger = [
        f"datum.value >= {size} ? format(datum.value / {size}, '.3~r') + ' {unit}' : "
        for size, unit in _UNITS
    ]
    label = "".join(larger) + "datum.value + ' B'"
    x = alt.X(
        "x:Q",
        scale=scale,
        title="size of a message",
        axis=alt.Axis(values=sizes, labelExpr=label, grid=False),
    )
    copied = _copying(view.findings.run)
    bound = [] if copied is None else [(size, copied / size) for size in sizes]
    ends = [end for one in points for end in one.ends]
    limits = decades(ends + [rate for _, rate in bound])
    transports = ordered({one.transport for one in points}, view.transports)
    frame = Frame(
        x, sizes[-1], 440, 340, "messages per second", limits, len(sizes) >= _JOINED, left=True
    )
    drawn = curves(view, points, transports, frame)
    return layer(drawn, _copies(bound, scale, limits)) if bound else drawn


def _copies(
    points: Sequence[tuple[float, float]], scale: alt.Scale, limits: tuple[float, float]
) -> alt.LayerChart:
    values = [{"x": size, "rate": rate} for size, rate in points]
    y = alt.Y(
        "rate:Q",
        scale=log_scale(limits),
        axis=alt.Axis(values=ticks(*limits), labelExpr=PREFIXED, orient="right"),
    )
    line = (
        alt.Chart(data(values))
        .mark_line(color=theme.MUTED, strokeDash=[2, 4])
        .encode(alt.X("x:Q", scale=scale), y)
    )
    word = (
        alt.Chart(data([{**values[0], "text": _COPIED}]))
        .mark_text(align="left", dx=6, dy=-8, color=theme.MUTED)
        .encode(alt.X("x:Q", scale=scale), y, text="text:N")
    )
    return layer(line, word)


def _copying(facts: object) -> float | None:
    """Return how many bytes a second the machine copies, where a fact of that name tells."""
    if not isinstance(facts, Mapping):
        return None
    given = facts.get(COPY)
    if given is not None:
        try:
            return float(str(given)) or None
        except ValueError:
            return None
    return next((found for one in facts.values() if (found := _copying(one))), None)
