"""Throughput over worker counts and by Python version."""

from collections.abc import Sequence

import altair as alt

from runner.report import figures
from runner.report.pictures.curves import HOLLOW, Frame, Point, curves, point, rule
from runner.report.pictures.drawing import Drawing, decades, layer, panel_title
from runner.report.view import View, ordered
from runner.results import Crossover

_PANELS = 3


def workers(view: View) -> Drawing | None:
    """Draw own channels against a shared one for the oldest, a middle and the newest Python."""
    rows = [row for row in view.crossovers if row.ratio and row.pipe_rate and row.queue_rate]
    pair = [row for row in rows if (row.pipe, row.queue) == view.opposed]
    pair = pair or [row for row in rows if (row.pipe, row.queue) == (rows[0].pipe, rows[0].queue)]
    first = [row for row in pair if _shared(row) == _shared(pair[0])]
    if len({row.workers for row in first}) < 2:
        return None
    pythons = _chosen(ordered({row.python for row in first}, view.pythons))
    points = {one: _points(view, [row for row in first if row.python == one]) for one in pythons}
    domain = decades([end for each in points.values() for point in each for end in point.ends])
    panels = [
        _panel(
            view,
            [row for row in first if row.python == one],
            points[one],
            domain,
            one == pythons[0],
        )
        for one in pythons
    ]
    pipe, queue = view.name("transport", first[0].pipe), view.name("transport", first[0].queue)
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
    drawn = [one for each in points.values() for one in each]
    return Drawing("workers", title, under(label, drawn), said, chart)


def under(label: str, points: Sequence[Point]) -> str:
    """Return the words under a title: the context, the scale, and what bands and points mean."""
    said = f"{label}; logarithmic scale; bands: 95 % intervals"
    return f"{said}\n{HOLLOW}" if any(one.hollow for one in points) else said


def _shared(row: Crossover) -> object:
    return row.context._replace(workers=0)


def _chosen(pythons: Sequence[str]) -> list[str]:
    """Return the oldest, the middle and the newest."""
    if len(pythons) <= _PANELS:
        return list(pythons)
    return [pythons[0], pythons[len(pythons) // 2], pythons[-1]]


def _points(view: View, rows: Sequence[Crossover]) -> list[Point]:
    points = []
    for row in rows:
        for transport, rate in ((row.pipe, row.pipe_rate), (row.queue, row.queue_rate)):
            cell = view.cells.get((row.python, transport, row.context))
            known = point(row.workers, cell) if cell else Point(transport, row.workers, 0.0)
            points.append(known._replace(rate=rate or 0.0))
    return points


def _panel(
    view: View,
    rows: Sequence[Crossover],
    points: Sequence[Point],
    domain: tuple[float, float],
    first: bool,
) -> alt.LayerChart:
    counts = sorted({row.workers for row in rows})
    scale = alt.Scale(type="log", base=2, domain=[counts[0], counts[-1]], nice=False)
    axis = alt.Axis(values=counts, format="d", grid=False)
    x = alt.X("x:Q", scale=scale, title="workers", axis=axis)
    frame = Frame(x, counts[-1], 165, 240, "messages per second" if first else "", domain)
    drawn = curves(view, points, (rows[0].pipe, rows[0].queue), frame)
    crossing = next((row.crossover for row in rows if row.crossover is not None), None)
    if crossing is not None:
        place = alt.X("place:Q", scale=scale)
        word = f"crossover at {crossing:g}"
        drawn = layer(drawn, rule(place, crossing, word, frame.height))
    title = panel_title(f"Python {rows[0].python}")
    return drawn.properties(title=title)


def versions(view: View) -> Drawing | None:
    """Draw messages per second by Python, a line each transport, in the first context."""
    base = view.base
    cells = [row for key, row in view.measured.items() if key[2] == base]
    pythons = ordered({row.python for row in cells}, view.pythons)
    if base is None or len(pythons) < 2:
        return None
    cells.sort(key=lambda row: pythons.index(row.python))
    points = [point(row.python, row) for row in cells]
    transports = ordered({row.transport for row in cells}, view.transports)
    axis = alt.Axis(labelAngle=0, grid=False)
    x = alt.X("x:N", sort=pythons, title="Python", axis=axis, scale=alt.Scale(padding=0.2))
    height = max(320, 18 * len(transports))
    chart = curves(view, points, transports, Frame(x, pythons[-1], 480, height))
    label = view.label(base)
    said = (
        f"Messages per second by Python version, {label}, for "
        f"{', '.join(view.name('transport', one) for one in transports)}."
    )
    return Drawing("versions", "Throughput by Python version", under(label, points), said, chart)
