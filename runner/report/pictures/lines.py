"""Throughput over worker counts and by Python version."""

from collections.abc import Sequence

import altair as alt

from runner.report import figures
from runner.report.phrases import direction
from runner.report.pictures.curves import HOLLOW, CurvePoint, Frame, curves, point, rule
from runner.report.pictures.drawing import Drawing, decades, layer
from runner.report.view import View, ordered
from runner.results import Context, Crossover


def workers(view: View) -> Drawing | None:
    """Draw own channels against a shared one, the newest and the oldest Python, by placement."""
    rows = [row for row in view.crossovers if row.ratio and row.pipe_rate and row.queue_rate]
    pair = [row for row in rows if (row.pipe, row.queue) == view.opposed]
    pair = pair or [row for row in rows if (row.pipe, row.queue) == (rows[0].pipe, rows[0].queue)]
    first = [row for row in pair if _shared(row) == _shared(pair[0])]
    pythons = ordered({row.python for row in first}, view.pythons)
    chosen = list(dict.fromkeys((view.newest, *pythons[:1])))
    groups: dict[tuple[str, str], list[Crossover]] = {}
    for row in first:
        if row.python in chosen:
            groups.setdefault((row.python, row.placement), []).append(row)
    groups = {key: some for key, some in groups.items() if len({one.workers for one in some}) > 1}
    if not groups:
        return None
    shown = view.base.placement if view.base else ""
    order = sorted(groups, key=lambda key: (chosen.index(key[0]), key[1] != shown, key[1]))
    points = {key: _points(view, groups[key]) for key in order}
    drawn = [one for each in points.values() for one in each]
    domain = decades([end for point in drawn for end in point.ends])
    placed = len({key[1] for key in order}) > 1
    panels = [
        _panel(view, groups[key], points[key], domain, key == order[0], placed) for key in order
    ]
    row = max(groups[order[0]], key=lambda row: row.workers)
    label = f"{row.payload}, {row.topology}"
    ends = [max(groups[key], key=lambda row: row.workers) for key in order]
    said = f"Messages per second over worker counts, {label}. " + " ".join(
        f"Python {one.python}, {one.placement}, {one.workers} workers: {figures.times(one.span)}."
        for one in ends
    )
    chart = alt.hconcat(*panels, spacing=14)
    title = _point_of(view, row, f", {row.placement}" if placed else "")
    return Drawing("workers", title, under(label, drawn), said, chart)


def _point_of(view: View, row: Crossover, placement: str) -> str:
    pipe, queue = view.name("transport", row.pipe), view.name("transport", row.queue)
    arms = f"{row.workers} × {pipe} or one shared {queue}"
    match direction(row):
        case 1 | -1 as sign:
            fast, ratio = (pipe, row.ratio or 1) if sign == 1 else (queue, 1 / (row.ratio or 1))
            said = f"{fast}, {figures.factor(ratio)}"
        case 0:
            said = "equal"
        case _:
            said = "undecided"
    return f"{arms} on Python {row.python}{placement}: {said}"


def under(label: str, points: Sequence[CurvePoint]) -> str:
    """Return the words under a title: the context, the scale, and what bands and points mean."""
    said = f"{label}; logarithmic scale; bands: 95 % intervals"
    return f"{said}\n{HOLLOW}" if any(one.hollow for one in points) else said


def _shared(row: Crossover) -> object:
    return row.context._replace(workers=0, placement="")


def _points(view: View, rows: Sequence[Crossover]) -> list[CurvePoint]:
    points = []
    for row in rows:
        for transport, rate in ((row.pipe, row.pipe_rate), (row.queue, row.queue_rate)):
            cell = view.cells.get((row.python, transport, row.context))
            known = point(row.workers, cell) if cell else CurvePoint(transport, row.workers, 0.0)
            points.append(known._replace(rate=rate or 0.0))
    return points


def _panel(
    view: View,
    rows: Sequence[Crossover],
    points: Sequence[CurvePoint],
    domain: tuple[float, float],
    first: bool,
    placed: bool,
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
    where = f", {rows[0].placement}" if placed else ""
    said = f"Python {rows[0].python}{where}"
    title = alt.TitleParams(said, fontSize=13, fontWeight="normal", frame="group")
    return drawn.properties(title=title)


def versions(view: View) -> Drawing | None:
    """Draw messages per second by Python, a line each transport, in the first context."""
    base = view.base
    cells = [
        row
        for key, row in view.measured.items()
        if key[2] == base and not view.catalogue.bounds(key[1])
    ]
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
    return Drawing("versions", _change(view, base), under(label, points), said, chart)


def _change(view: View, base: Context) -> str:
    """Return what the newest changes against the oldest Python 3, where that is decided."""
    threes = [one for one in view.pythons if one.startswith("3.")]
    parts = []
    for transport in view.opposed if len(threes) > 1 else ():
        pair = view.python_pairs(transport, base).get(view.newest, threes[0])
        sign = direction(pair)
        if pair is not None and pair.ratio and sign is not None:
            size = f"{figures.ratio(pair.ratio)}×" if sign else "equal"
            parts.append(f"{view.name('transport', transport)} {size}")
    if not parts:
        return "Messages per second by Python version"
    return f"Python {view.newest} against {threes[0]}: {', '.join(parts)}"
