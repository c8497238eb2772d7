"""Lines over an ordered axis, each transport with its own colour, dash, shape and label."""

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt

from runner.report import figures
from runner.report.pictures import theme
from runner.report.pictures.drawing import (
    ABOUT,
    PREFIXED,
    apart,
    dashes,
    data,
    decades,
    layer,
    log_scale,
    series,
    shapes,
    ticks,
    tooltip,
)
from runner.report.view import View
from runner.results import CellSummary

_LABEL = 10


class CurvePoint(NamedTuple):
    """A transport's rate at one place of the axis, with its interval."""

    transport: str
    x: str | float
    rate: float
    low: float | None = None
    high: float | None = None
    hollow: bool = False
    """True: the transport did not run on two cores there, or not always."""

    @property
    def ends(self) -> tuple[float, ...]:
        """What the axis must reach: the rate, and its interval where there is one."""
        return tuple(end for end in (self.low, self.rate, self.high) if end)


HOLLOW = "hollow points: ran on one core, or by turns on one and two"
"""The words about the points whose ratios to the others may be those of cores."""


def point(x: str | float, cell: CellSummary) -> CurvePoint:
    """Return the point of a cell that was measured."""
    hollow = cell.mode in ("one core", "mixed")
    return CurvePoint(cell.transport, x, cell.rate or 0.0, cell.rate_low, cell.rate_high, hollow)


class Frame(NamedTuple):
    """The axis below, the size, and what the axis at the side says."""

    x: alt.X
    last: str | float
    width: int
    height: int
    side: str = "messages per second"
    domain: tuple[float, float] | None = None
    joined: bool = True
    """False: too few places for lines between them to mean anything."""
    left: bool = False
    """True: the names are at the first points, and the axis at the right."""


def curves(
    view: View, points: Sequence[CurvePoint], transports: Sequence[str], frame: Frame
) -> alt.LayerChart:
    """Draw the points of each transport joined, with bands where intervals are known."""
    domain = frame.domain or decades([end for point in points for end in point.ends])
    y = alt.Y(
        "rate:Q",
        scale=log_scale(domain),
        title=frame.side or None,
        axis=alt.Axis(
            values=ticks(*domain), labelExpr=PREFIXED, orient="right" if frame.left else "left"
        ),
    )
    rows = [point._asdict() | {ABOUT: _about(view, point)} for point in points]
    base = alt.Chart(data(rows)).encode(frame.x)
    coloured = series(view, transports)
    banded = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
    bands = banded.mark_area(opacity=0.18).encode(
        alt.Y("low:Q", scale=log_scale(domain), title=frame.side or None),
        alt.Y2("high:Q"),
        **coloured,
    )
    lines = base.mark_line(strokeWidth=2).encode(y, strokeDash=dashes(view, transports), **coloured)
    shaped = {"shape": shapes(view, transports), **coloured, **tooltip()}
    full = base.transform_filter("!datum.hollow").mark_point(filled=True, size=55, opacity=1)
    hollow = base.transform_filter("datum.hollow").mark_point(
        filled=False, fill=theme.PAPER, strokeWidth=1.75, size=50, opacity=1
    )
    marks = [one.encode(y, **shaped) for one in (full, hollow)]
    bars = banded.mark_rule(strokeWidth=2, opacity=0.6).encode(
        alt.Y("low:Q", scale=log_scale(domain), title=frame.side or None),
        alt.Y2("high:Q"),
        **coloured,
    )
    between = (bands, lines) if frame.joined else (bars,)
    drawn = layer(*between, *marks, _labels(view, points, transports, frame, domain))
    return drawn.properties(width=frame.width, height=frame.height)


def _about(view: View, point: CurvePoint) -> str:
    """Return what a point shows; its place is a Python, a size in bytes or a number of workers."""
    if isinstance(point.x, str):
        place = f"Python {point.x}"
    elif isinstance(point.x, int):
        place = figures.count(point.x, "worker")
    else:
        place = figures.octets(round(point.x))
    rate = figures.scaled(point.rate, "messages/s")
    return f"{view.name('transport', point.transport)}, {place}: {rate}"


def _labels(
    view: View,
    points: Sequence[CurvePoint],
    transports: Sequence[str],
    frame: Frame,
    domain: tuple[float, float],
) -> alt.Chart:
    """Write each transport's name at its last point, apart from the others."""
    ends = {one.transport: one.rate for one in (reversed(points) if frame.left else points)}
    places = apart(ends, domain, frame.height)
    values = [
        {"transport": one, "place": places[one], "text": view.name("transport", one)}
        for one in ends
    ]
    coloured = series(view, transports)
    named: alt.Chart = (
        alt.Chart(data(values))
        .mark_text(align="right" if frame.left else "left", fontSize=12)
        .encode(
            x=alt.value(-_LABEL if frame.left else frame.width + _LABEL),
            y=alt.Y("place:Q", scale=log_scale(domain)),
            text="text:N",
            **coloured,
        )
    )
    return named


def rule(x: alt.X, place: str | float, text: str, height: int) -> alt.LayerChart:
    """Draw a vertical line with a word next to it: a crossover."""
    values = data([{"place": place, "text": text}])
    line = alt.Chart(values).mark_rule(color=theme.MUTED, strokeDash=[4, 3]).encode(x)
    word = (
        alt.Chart(values)
        .mark_text(align="left", dx=5, color=theme.MUTED, baseline="bottom")
        .encode(x, y=alt.value(height - 4), text="text:N")
    )
    return layer(line, word)
