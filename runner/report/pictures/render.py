"""Charts to SVG: drawn once, in two sets of colours, with their text alternative inside."""

import html
import re

import vl_convert

from runner.report import text
from runner.report.document import Picture
from runner.report.pictures import theme
from runner.report.pictures.drawing import Drawing

_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_POINT = re.compile(
    r'<path aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="point"([^>]*?)'
    r"(?:/>|></path>)"
)
_ROOT = re.compile(r"<svg\b[^>]*>")
_PLACES = re.compile(r' (?:d|transform|[xy][12]?|width|height)="[^"]*"')
_DIGITS = re.compile(r"(\.\d\d)\d+")
"""What is finer than a hundredth of a pixel is not seen, and takes a tenth of a picture's size."""


def render(drawing: Drawing) -> Picture:
    """Return the picture in light and dark colours. The same drawing gives the same bytes."""
    spec = drawing.chart.to_dict(validate=False)
    spec["config"] = theme.config()
    lines = [text.visible(one) for one in drawing.subtitle.split("\n")]
    title = [text.visible(one) for one in drawing.title.split("\n")]
    spec["title"] = {"text": title, "subtitle": lines}
    light = _described(vl_convert.vegalite_to_svg(spec), drawing)
    named = " ".join(drawing.title.split("\n"))
    return Picture(drawing.name, named, drawing.description, light, theme.darkened(light))


def png(svg: str) -> bytes:
    """Return a drawn picture as PNG, at twice its size."""
    return bytes(vl_convert.svg_to_png(svg, scale=2))


def _described(svg: str, drawing: Drawing) -> str:
    """Replace Vega's hundreds of aria attributes with one name, one description, and tooltips."""
    titled = _POINT.sub(r"<path\2><title>\1</title></path>", svg)
    bare = _PLACES.sub(lambda match: _DIGITS.sub(r"\1", match.group()), _ROLES.sub("", titled))
    bare = bare.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    bare = re.sub(r'\bid="', f'id="{drawing.name}-', bare)
    bare = bare.replace("url(#", f"url(#{drawing.name}-")
    words = (" ".join(drawing.title.split("\n")), drawing.description)
    title, description = (html.escape(text.visible(one)) for one in words)
    ids = f"{drawing.name}-title {drawing.name}-desc"
    head = (
        f'<title id="{drawing.name}-title">{title}</title>'
        f'<desc id="{drawing.name}-desc">{description}</desc>'
    )
    root = _ROOT.search(bare)
    if root is None:
        message = "the renderer gave no SVG"
        raise ValueError(message)
    opened = root.group()[:-1] + f' role="img" aria-labelledby="{ids}">'
    return bare[: root.start()] + opened + head + bare[root.end() :] + "\n"
