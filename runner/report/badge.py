"""The finding as a badge: one small SVG, as wide as its text."""

import html
import unicodedata

from runner.report import text

_LONGEST = 140
_EDGE, _HEIGHT, _SIZE = 7, 20, 11
_LEFT, _RIGHT = "#3d444d", "#0072b2"
"""Grounds of the question and the answer; white stands 5:1 or more on both."""
_FONT = "Verdana,DejaVu Sans,Geneva,sans-serif"
_WIDTHS = {
    0.28: "ijl|",
    0.36: " ft.,'!",
    0.45: "r:;()[]/\\-I",
    0.52: "cszJ",
    0.61: 'abdeghknopquvxyLFPTYE$_?"*–µ',
    0.69: "ABCKRSUVXZ",
    0.77: "DGHNOQ",
    0.82: "w+=<>~×≥≤",
    0.98: "mMW@%—",
}
"""Widths of Verdana's characters, in sizes of the font; digits are 0.64, any other 0.75."""
_WIDTH = {char: width for width, chars in _WIDTHS.items() for char in chars}


def badge(title: str) -> str:
    """Return the finding's title as an SVG: its question, or the program's name, then the rest."""
    title = text.line(title, _LONGEST)
    question, mark, rest = title.partition("? ")
    parts = (f"{question}?", rest) if mark else ("ipcmatrix", title)
    left, right = (width(one) for one in parts)
    ends = left + 2 * _EDGE, right + 2 * _EDGE
    whole, shown = sum(ends), html.escape(title)
    places = zip(parts, (_EDGE, ends[0] + _EDGE), (left, right), strict=True)
    # The length is given, so the text fits whatever font there is.
    words = "".join(
        f'<text x="{x}" y="14" textLength="{length}">{html.escape(one)}</text>'
        for one, x, length in places
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{_HEIGHT}" '
        f'viewBox="0 0 {whole} {_HEIGHT}" role="img" aria-label="{shown}"><title>{shown}</title>'
        f'<clipPath id="ipcmatrix-badge"><rect width="{whole}" height="{_HEIGHT}" rx="3"/>'
        f'</clipPath><g clip-path="url(#ipcmatrix-badge)">'
        f'<rect width="{ends[0]}" height="{_HEIGHT}" fill="{_LEFT}"/>'
        f'<rect x="{ends[0]}" width="{ends[1]}" height="{_HEIGHT}" fill="{_RIGHT}"/></g>'
        f'<g fill="#fff" font-family="{_FONT}" font-size="{_SIZE}">{words}</g></svg>\n'
    )


def width(words: str) -> int:
    """Return about how many pixels the words take."""
    return round(_SIZE * sum(_of(char) for char in words))


def _of(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in ("W", "F"):
        return 1.0
    return _WIDTH.get(char, 0.64 if char.isdecimal() else 0.75)
