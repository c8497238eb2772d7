"""Which transport for which size of message: throughput over size, and what bounds it."""

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

import altair as alt

from runner.report import figures
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
from runner.report.sections.payloads import leading
from runner.report.view import View, ordered
from runner.results import CellSummary, Context

COPY = "memory_copy_bytes_per_second"
"""The fact of a run, at any depth of run.json, from which the bound of copying is drawn."""
_UNITS = ((1_000_000, "MB"), (1_000, "kB"))
_COPIED = "a copy in memory"
_FEWEST, _JOINED = 3, 4
"""Sizes that make a picture, and from which on lines join them."""
_NAMED = 8
"""Transports that a picture can name: of more, those that come first at some size."""
_TITLE = 62


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
    rows = [row for _, row in sized]
    named = _named(view, rows)
    points = [point(float(size), row) for size, row in sized]
    shown = [one for one in points if one.transport in named]
    others = [one for one in points if one.transport not in named]
    said = _bounds(view, shown)
    notes = [said] * bool(said) + [HOLLOW] * any(one.hollow for one in shown)
    count = len({one.transport for one in others})
    notes += [f"thin lines: {count} more, which the tables name"] * bool(others)
    place = f"Python {python}, {base.topology}"
    title = _point_of(view, rows, kind)
    return Drawing(
        "payloads",
        "\n".join(textwrap.wrap(title, _TITLE)),
        "\n".join([f"{place}; logarithmic scales", *notes]),
        f"{title}. Messages per second over the size of {kind} messages, both logarithmic, {place}."
        + (f" {said[0].upper()}{said[1:]}." if said else ""),
        _sized(view, shown, others),
    )


def _named(view: View, rows: Sequence[CellSummary]) -> list[str]:
    """Return the transports that are named: all, or the bounds and those first at some size."""
    there = ordered({row.transport for row in rows}, view.transports)
    if len(there) <= _NAMED:
        return there
    first = leading(view, list(dict.fromkeys(row.context for row in rows)))
    return [one for one in there if one in first or view.catalogue.moves_bytes_only(one)]


def _point_of(view: View, rows: Sequence[CellSummary], kind: str) -> str:
    """Return the fastest at each size where that is decided, neighbouring sizes together."""
    sizes = list(dict.fromkeys(row.context for row in rows))
    best = [_best(view, one) for one in sizes]
    parts = []
    for name, group in groupby(zip(best, sizes, strict=True), key=lambda one: one[0]):
        ends = [view.catalogue.message_bytes(context.payload) or 0 for _, context in group]
        span = "–".join(figures.octets(one) for one in dict.fromkeys((ends[0], ends[-1])))
        parts.append(f"{span}: {name}" if name else "")
    which = "; ".join(one for one in parts if one)
    return f"Fastest at {which}" if which else f"Messages per second by size ({kind})"


def _best(view: View, context: Context) -> str:
    """Return who is fastest, with its equals; "" where that is open or nobody else was measured."""
    row = view.fastest.get((view.newest, context))
    if row is None or not row.decided or row.compared < 2:
        return ""
    return " = ".join(view.name("transport", one) for one in row.winners)


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
    found += [_COPIED] * (_copying(view, there) is not None)
    return f"bounds: {'; '.join(found)}" if found else ""


def _bare(view: View, transports: Sequence[str]) -> list[str]:
    return [one for one in transports if view.catalogue.moves_bytes_only(one)]


def _sized(
    view: View, points: Sequence[CurvePoint], others: Sequence[CurvePoint]
) -> alt.LayerChart:
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
    transports = ordered({one.transport for one in points}, view.transports)
    copied = _copying(view, transports)
    bound = [] if copied is None else [(size, copied / size) for size in sizes]
    ends = [end for one in (*points, *others) for end in one.ends]
    limits = decades(ends + [rate for _, rate in bound])
    frame = Frame(
        x, sizes[-1], 440, 340, "messages per second", limits, len(sizes) >= _JOINED, left=True
    )
    drawn = curves(view, points, transports, frame)
    if others:
        drawn = layer(_unnamed(others, scale, limits), drawn)
    return layer(drawn, _copies(bound, scale, limits)) if bound else drawn


def _unnamed(
    points: Sequence[CurvePoint], scale: alt.Scale, limits: tuple[float, float]
) -> alt.LayerChart:
    """Draw the other transports as thin lines behind the named ones."""
    values = [{"x": one.x, "rate": one.rate, "transport": one.transport} for one in points]
    axis = alt.Axis(values=ticks(*limits), labelExpr=PREFIXED, orient="right")
    base = alt.Chart(data(values)).encode(
        alt.X("x:Q", scale=scale), alt.Y("rate:Q", scale=log_scale(limits), axis=axis)
    )
    lines = base.mark_line(color=theme.MUTED, opacity=0.35, strokeWidth=1)
    return layer(lines.encode(detail="transport:N"))


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


def _copying(view: View, transports: Sequence[str]) -> float | None:
    """Return how many bytes a second the machine copies, where a fact of the run says so.

    Not where two kinds of bounds were measured: then copying is one of them.
    """
    kinds = {one.partition(":")[0] for one in _bare(view, transports)}
    return None if len(kinds) > 1 else _fact(view.findings.run)


def _fact(facts: object) -> float | None:
    if not isinstance(facts, Mapping):
        return None
    given = facts.get(COPY)
    if given is not None:
        try:
            return float(str(given)) or None
        except ValueError:
            return None
    return next((found for one in facts.values() if (found := _fact(one))), None)
