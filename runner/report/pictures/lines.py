"""Throughput over worker counts, over payload sizes and over Python versions."""

from collections import Counter
from collections.abc import Mapping, Sequence

import altair as alt

from runner.report import figures, names
from runner.report.contexts import context_of
from runner.report.pictures import theme
from runner.report.pictures.curves import Frame, Point, curves, rule
from runner.report.pictures.drawing import (
    PREFIXED,
    Drawing,
    data,
    decades,
    layer,
    log_scale,
    ticks,
)
from runner.report.rows import CrossoverRow
from runner.report.view import View, ordered

_PANELS = 3
COPY = "memory_copy_bytes_per_second"
"""The fact of a run, at any depth of run.json, from which the ceiling of copying is drawn."""


def workers(view: View) -> Drawing | None:
    """Draw N pipes against one shared queue for the oldest, a middle and the newest Python."""
    rows = [row for row in view.crossovers if row.ratio and row.pipe_rate and row.queue_rate]
    pair = [row for row in rows if (row.pipe, row.queue) == ("pipe", "queue")]
    pair = pair or [row for row in rows if (row.pipe, row.queue) == (rows[0].pipe, rows[0].queue)]
    first = [row for row in pair if _shared(row) == _shared(pair[0])]
    if len({row.workers for row in first}) < 2:
        return None
    pythons = _chosen(ordered({row.python for row in first}, view.pythons))
    points = {one: _points(view, [row for row in first if row.python == one]) for one in pythons}
    domain = decades([end for each in points.values() for point in each for end in point.ends])
    panels = [
        _panel([row for row in first if row.python == one], points[one], domain, one == pythons[0])
        for one in pythons
    ]
    pipe, queue = names.transport(first[0].pipe), names.transport(first[0].queue)
    label = f"{first[0].payload}, {first[0].topology}"
    most = max(row.workers for row in first)
    ends = [row for row in first if row.workers == most and row.python in pythons]
    said = (
        f"Messages per second over worker counts, {label}: one {pipe} for each worker against one "
        f"shared {queue}. At {most} workers the pipes have "
        + ", ".join(f"{figures.ratio(row.ratio)} times as many under {row.python}" for row in ends)
        + "."
    )
    title = f"N × {pipe} against one shared {queue}"
    chart = alt.hconcat(*panels, spacing=14)
    return Drawing("workers", title, f"{label}; bands: 95 % intervals", said, chart)


def _shared(row: CrossoverRow) -> object:
    return context_of(row)._replace(workers=0)


def _chosen(pythons: Sequence[str]) -> list[str]:
    """Return the oldest, the middle and the newest."""
    if len(pythons) <= _PANELS:
        return list(pythons)
    return [pythons[0], pythons[len(pythons) // 2], pythons[-1]]


def _points(view: View, rows: Sequence[CrossoverRow]) -> list[Point]:
    points = []
    for row in rows:
        for transport, rate in ((row.pipe, row.pipe_rate), (row.queue, row.queue_rate)):
            cell = view.cells.get((row.python, transport, context_of(row)))
            low, high = (cell.rate_low, cell.rate_high) if cell else (None, None)
            points.append(Point(transport, row.workers, rate or 0.0, low, high))
    return points


def _panel(
    rows: Sequence[CrossoverRow],
    points: Sequence[Point],
    domain: tuple[float, float],
    first: bool,
) -> alt.LayerChart:
    counts = sorted({row.workers for row in rows})
    scale = alt.Scale(type="log", base=2, domain=[counts[0], counts[-1]], nice=False)
    axis = alt.Axis(values=counts, format="d", grid=False)
    x = alt.X("x:Q", scale=scale, title="workers", axis=axis)
    frame = Frame(x, counts[-1], 165, 240, "messages per second" if first else "", domain)
    drawn = curves(points, (rows[0].pipe, rows[0].queue), frame)
    crossing = next((row.crossover for row in rows if row.crossover is not None), None)
    if crossing is not None:
        place = alt.X("place:Q", scale=scale)
        word = f"crossover at {crossing:g}"
        drawn = layer(drawn, rule(place, crossing, word, frame.height))
    title = alt.TitleParams(f"Python {rows[0].python}", fontSize=13, fontWeight="normal")
    return drawn.properties(title=title)


def versions(view: View) -> Drawing | None:
    """Draw messages per second by Python, a line each transport, in the first context."""
    base = view.base
    cells = [row for key, row in view.measured.items() if key[2] == base]
    pythons = ordered({row.python for row in cells}, view.pythons)
    if base is None or len(pythons) < 2:
        return None
    cells.sort(key=lambda row: pythons.index(row.python))
    points = [
        Point(row.transport, row.python, row.rate or 0.0, row.rate_low, row.rate_high)
        for row in cells
    ]
    transports = ordered({row.transport for row in cells}, view.transports)
    axis = alt.Axis(labelAngle=0, grid=False)
    x = alt.X("x:N", sort=pythons, title="Python", axis=axis, scale=alt.Scale(padding=0.2))
    height = max(320, 18 * len(transports))
    chart = curves(points, transports, Frame(x, pythons[-1], 480, height))
    label = view.label(base)
    said = (
        f"Messages per second by Python version, {label}, for "
        f"{', '.join(names.transport(one) for one in transports)}."
    )
    return Drawing("versions", "Python versions over time", label, said, chart)


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
    sizes = {one: names.payload_bytes(one) for one in {row.payload for row in cells}}
    kinds = Counter(name.partition(":")[0] for name, size in sizes.items() if size)
    if not kinds or max(kinds.values()) < 2:
        return None
    kind = max(sorted(kinds), key=lambda one: kinds[one])
    points = [
        Point(row.transport, float(size), row.rate or 0.0, row.rate_low, row.rate_high)
        for row in cells
        if (size := sizes[row.payload]) and row.payload.partition(":")[0] == kind
    ]
    points.sort(key=lambda point: point.x)
    bounded = any(point.transport == "os_pipe" for point in points)
    said = (
        f"Messages per second over the size of {kind} messages, both logarithmic, Python {python}, "
        f"{base.topology}." + (" The bare os.pipe, without pickling, is the ceiling." * bounded)
    )
    return Drawing(
        "payloads",
        f"Throughput over the size of a message ({kind})",
        f"Python {python}, {base.topology}" + "; the bare os.pipe is the ceiling" * bounded,
        said,
        _sized(view, points),
    )


def _sized(view: View, points: Sequence[Point]) -> alt.LayerChart:
    sizes = sorted({float(point.x) for point in points})
    domain = (sizes[0], sizes[-1])
    scale = alt.Scale(type="log", base=2, domain=list(domain), nice=False)
    units = ((1_000_000, "MB"), (1_000, "kB"))
    larger = [
        f"datum.value >= {size} ? format(datum.value / {size}, '.3~r') + ' {unit}' : "
        for size, unit in units
    ]
    label = "".join(larger) + "datum.value + ' B'"
    x = alt.X(
        "x:Q",
        scale=scale,
        title="size of a message",
        axis=alt.Axis(values=sizes, labelExpr=label, grid=False),
    )
    copied = _copying(view.findings.run)
    ceiling = [] if copied is None else [(size, copied / size) for size in sizes]
    ends = [end for point in points for end in point.ends]
    limits = decades(ends + [rate for _, rate in ceiling])
    transports = ordered({point.transport for point in points}, view.transports)
    frame = Frame(x, sizes[-1], 440, 340, "messages per second", limits, left=True)
    drawn = curves(points, transports, frame)
    return layer(drawn, _ceiling(ceiling, scale, limits)) if ceiling else drawn


def _ceiling(
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
        alt.Chart(data([{**values[0], "text": "copying memory"}]))
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
