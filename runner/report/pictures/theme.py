"""Colours, dashes and shapes: named once, readable on a light and on a dark background.

A chart is drawn once, in the light colours. Each of them is unlike every other, so that the dark
picture, and the page's, come from replacing them; the geometry is the same.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

PAPER, INK, MUTED, GRID, ZONE = "#fffffe", "#1b1f24", "#57606b", "#dde1e6", "#e9edf1"
_SERIES = ("#0072b2", "#c64f00", "#00805d", "#b0578c", "#a87200", "#2b86b8", "#3d3d3d", "#7d7000")
"""Okabe and Ito's hues, darkened until each has a contrast of 3:1 or more against white."""

DARK: Mapping[str, str] = MappingProxyType(
    {
        PAPER: "#11151b",
        INK: "#e8ebf0",
        MUTED: "#a9b2bd",
        GRID: "#2c333c",
        ZONE: "#232a33",
        "#0072b2": "#4aa8e8",
        "#c64f00": "#ff8a3d",
        "#00805d": "#2bc79a",
        "#b0578c": "#e79cc6",
        "#a87200": "#ffc04d",
        "#2b86b8": "#9bd4f5",
        "#3d3d3d": "#c9c9c9",
        "#7d7000": "#f0e442",
    }
)
"""What each light colour becomes on a dark background."""

_COLOUR = re.compile("|".join(re.escape(one) for one in DARK), re.IGNORECASE)
_DASHES = ([1, 0], [6, 2], [2, 2], [8, 2, 2, 2], [4, 4], [10, 3], [1, 3], [6, 2, 1, 2])
_SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left",
)
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The renderer brings the first; the others are as wide, so labels fit wherever it is shown."""


def colour(place: int) -> str:
    """Return the colour of the transport at that place of the run, the same in every picture."""
    return _SERIES[place % len(_SERIES)]


def dash(place: int) -> list[int]:
    """Return the dash of a transport's line; it differs where colours repeat."""
    return _DASHES[(place + place // len(_SERIES)) % len(_DASHES)]


def shape(place: int) -> str:
    """Return the mark of a transport."""
    return _SHAPES[(place + 3 * (place // len(_SERIES))) % len(_SHAPES)]


def config() -> dict[str, Any]:
    """Return the settings that every chart shares, as Vega-Lite's config."""
    text = {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12}
    return {
        "background": PAPER,
        "font": FONT,
        "padding": 12,
        "view": {"stroke": None},
        "axis": {
            **text,
            "titleFontWeight": "normal",
            "titleColor": MUTED,
            "gridColor": GRID,
            "domainColor": GRID,
            "tickColor": GRID,
            "labelLimit": 260,
            "labelFlush": False,
        },
        "legend": {**text, "titleFontWeight": "normal"},
        "title": {
            "color": INK,
            "subtitleColor": MUTED,
            "fontSize": 15,
            "subtitleFontSize": 12,
            "anchor": "start",
            "frame": "bounds",
            "offset": 10,
            "subtitlePadding": 4,
        },
        "text": {"color": INK, "fontSize": 12},
    }


def darkened(light: str) -> str:
    """Return a picture with every colour of the light set replaced by its dark one."""
    return _COLOUR.sub(lambda match: DARK[match.group().lower()], light)


def themed(light: str) -> str:
    """Return a picture for a page: each colour a custom property that the page's style sets."""
    return _COLOUR.sub(lambda match: f"var(--p{_index(match.group().lower())})", light)


def properties(dark: bool) -> str:
    """Return the declarations of those custom properties."""
    return "".join(f"--p{_index(light)}:{DARK[light] if dark else light};" for light in DARK)


def _index(light: str) -> int:
    return list(DARK).index(light)
