"""A chart before it is rendered, and what pictures share: domains, bands, labels apart."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import altair as alt

from runner.report.pictures import theme
from runner.report.view import View

Values = Sequence[Mapping[str, object]]


class Drawing(NamedTuple):
    """A chart with its name and what it shows in words."""

    name: str
    title: str
    subtitle: str
    description: str
    chart: alt.LayerChart | alt.HConcatChart | alt.VConcatChart


def data(values: Values) -> alt.Data:
    """Return inline data; no frame, no file, no network."""
    inline: alt.Data = alt.Data(values=list(values))  # type: ignore[no-untyped-call]
    return inline


def layer(*charts: Any) -> alt.LayerChart:
    """Return charts on top of each other; the library's own operator loses the type."""
    return alt.LayerChart(layer=list(charts))


def decades(values: Sequence[float]) -> tuple[float, float]:
    """Return a logarithmic domain around the values with some room at both ends."""
    return min(values) / 1.25, max(values) * 1.25


def _step(width: float) -> float:
    """Return the least of 1, 2, 5, 10, … that gives eight ticks at most."""
    power = 10.0 ** math.floor(math.log10(width / 8))
    return next(power * one for one in (1, 2, 5, 10, 20) if width / (power * one) < 8.5)


def ticks(low: float, high: float) -> list[float]:
    """Return round ticks for a logarithmic axis: 1-2-5, or finer where those would be few.

    Where the axis spans less than a factor of four they are evenly spaced.
    """
    if high / low < 4:
        step = _step(high - low)
        first = math.ceil(low / step)
        return [float(f"{step * place:.6g}") for place in range(first, math.floor(high / step) + 1)]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    found: list[float] = []
    for steps in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        found = [
            step * 10.0**power
            for power in range(first, last + 1)
            for step in steps
            if low <= step * 10.0**power <= high
        ]
        if len(found) <= 8:
            return found
    return found[:: math.ceil(len(found) / 8)]


def apart(
    values: Mapping[str, float], domain: tuple[float, float], height: float, gap: float = 14
) -> dict[str, float]:
    """Return positions on a logarithmic axis for labels at these values, none closer than `gap`.

    They keep their order and stay within the domain; pixels are counted over `height`.
    """
    low, high = (math.log(one) for one in domain)
    scale = height / (high - low)
    order = sorted(values, key=lambda name: (values[name], name))
    wanted = [(math.log(values[name]) - low) * scale - gap * i for i, name in enumerate(order)]
    top = max(height - gap * (len(order) - 1), 0.0)
    places = [min(max(place, 0.0), top) + gap * i for i, place in enumerate(_rising(wanted))]
    return {name: math.exp(low + place / scale) for name, place in zip(order, places, strict=True)}


def _rising(wanted: Sequence[float]) -> list[float]:
    """Return the nearest rising sequence: neighbours that fall are pooled at their mean."""
    pools: list[list[float]] = []
    for one in wanted:
        pools.append([one])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    return [_mean(pool) for pool in pools for _ in pool]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _places(view: View, transports: Sequence[str]) -> list[int]:
    """Return the transports' places in the run; where colours would repeat, those among these."""
    places = [view.place(one) for one in transports]
    colours = {theme.colour(one) for one in places}
    return places if len(colours) == len(places) else list(range(len(places)))


def series(view: View, transports: Sequence[str]) -> dict[str, Any]:
    """Return the encodings that tell transports apart by colour, without a legend.

    What only bounds the others is grey.
    """
    colours = [
        theme.MUTED if view.catalogue.moves_bytes_only(one) else theme.colour(place)
        for one, place in zip(transports, _places(view, transports), strict=True)
    ]
    scale = alt.Scale(domain=list(transports), range=colours)
    return {"color": alt.Color("transport:N", scale=scale, legend=None)}


def shapes(view: View, transports: Sequence[str]) -> alt.Shape:
    """Return the encoding of transports by shape, without a legend."""
    found = [theme.shape(place) for place in _places(view, transports)]
    scale = alt.Scale(domain=list(transports), range=found)
    return alt.Shape("transport:N", scale=scale, legend=None)


def dashes(view: View, transports: Sequence[str]) -> alt.StrokeDash:
    """Return the encoding of transports by dash, without a legend."""
    found = [theme.dash(place) for place in _places(view, transports)]
    scale = alt.Scale(domain=list(transports), range=found)
    return alt.StrokeDash("transport:N", scale=scale, legend=None)


def log_scale(domain: tuple[float, float]) -> alt.Scale:
    """Return a logarithmic scale over exactly this domain."""
    return alt.Scale(type="log", domain=list(domain), nice=False)


ABOUT = "about"
"""The field of a mark's data that says what it shows; `tooltip` makes it the mark's tooltip."""


def tooltip() -> dict[str, Any]:
    """Return the encoding of a mark whose tooltip is its ABOUT; render.py makes it a title."""
    return {"description": alt.Description(f"{ABOUT}:N")}


PREFIXED = "replace(replace(format(datum.value, '.3~s'), 'k', ' k'), 'M', ' M')"
"""Axis labels such as 300 k and 1.5 M."""
