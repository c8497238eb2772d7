"""Throughput over the size of a message, and what bounds it: a bare transport, and a copy."""

from collections import Counter
from collections.abc import Mapping, Sequence

import altair as alt

from runner.report.pictures import theme
from runner.report.pictures.curves import HOLLOW, Frame, Point, curves, point
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
    if kind is None:
        return None
    sized = [(size, row) for row in cells if (size := _size(view, row, kind))]
    sized.sort(key=lambda one: one[0])
    points = [point(float(size), row) for size, row in sized]
    said = [_bounds(view, points), *_passing(view, [row for _, row in sized])]
    hollow = [HOLLOW] * any(one.hollow for one in points)
    alone = _alone(
        view, [(size, row) for (size, row), one in zip(sized, points, strict=True) if one.hollow]
    )
    place = f"Python {python}, {base.topology}"
    return Drawing(
        "payloads",
        f"Throughput over the size of a message ({kind})",
        "\n".join([f"{place}; logarithmic scales", *(one for one in said if one), *hollow]),
        f"Messages per second over the size of {kind} messages, both logarithmic, {place}."
        + "".join(f" {one[0].upper()}{one[1:]}." for one in [*said, alone] if one),
        _sized(view, points),
    )


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


def _bounds(view: View, points: Sequence[Point]) -> str:
    """Name the bounds that are drawn."""
    there = ordered({one.transport for one in points}, view.transports)
    found = [f"{view.name('transport', one)}, without pickling" for one in _bare(view, there)]
    found += [_COPIED] * (_copying(view.findings.run) is not None)
    return f"bounds: {'; '.join(found)}" if found else ""


def _bare(view: View, transports: Sequence[str]) -> list[str]:
    """Return those that move bytes but no objects between processes."""
    entries = [view.catalogue.entry("transport", one) for one in transports]
    return [one.name for one in entries if one and one.role == "bound"]


def _alone(view: View, rows: Sequence[tuple[int, CellSummary]]) -> str:
    """Name in words what the hollow points show."""
    each = [f"{view.name('transport', row.transport)} at {written(size)}" for size, row in rows]
    return f"not on two cores all the time: {', '.join(each)}" if each else ""


def _passing(view: View, rows: Sequence[CellSummary]) -> list[str]:
    """Say where a transport was faster than a bound all the same, and on how many cores."""
    bare: dict[str, CellSummary] = {}
    for row in rows:
        if row.transport in _bare(view, [row.transport]):
            bare.setdefault(row.payload, row)
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for row in rows:
        bound = bare.get(row.payload)
        if bound is None or not _passes(view, row, bound):
            continue
        size = view.catalogue.message_bytes(row.payload) or 0
        apart = row.mode != bound.mode
        own, other = (f" (on {_cores(one)})" * apart for one in (row, bound))
        than = view.name("transport", bound.transport)
        found.setdefault((written(size), own, than, other), []).append(
            view.name("transport", row.transport)
        )
    return [
        f"at {size} {' and '.join(who)}{own} had more messages than {than}{other}"
        for (size, own, than, other), who in found.items()
    ]


def _passes(view: View, row: CellSummary, bound: CellSummary) -> bool:
    """Return whether a transport is faster than the bound: by verdict, else by intervals apart."""
    pairs = view.transport_pairs(row.python, row.context)
    pair = pairs.get(row.transport, bound.transport)
    if pair is not None:
        return pair.verdict == "faster"
    return (row.rate_low or 0.0) > (bound.rate_high or float("inf"))


def _cores(row: CellSummary) -> str:
    return {"mixed": "one core and two by turns"}.get(row.mode, row.mode or "unknown cores")


def written(size: int) -> str:
    """Return 10 kB: a size as round as the name of its payload."""
    for least, unit in _UNITS:
        if size >= least:
            return f"{size / least:.3g} {unit}"
    return f"{size} B"


def _sized(view: View, points: Sequence[Point]) -> alt.LayerChart:
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
    frame = Frame(x, sizes[-1], 440, 340, "messages per second", limits, left=True)
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
