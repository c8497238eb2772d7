"""The pictures of a report: one function each, in the order of the sections that show them."""

from collections.abc import Callable, Sequence

from runner.report.document import Picture
from runner.report.pictures.dots import latency
from runner.report.pictures.drawing import Drawing
from runner.report.pictures.forest import forest
from runner.report.pictures.lines import versions, workers
from runner.report.pictures.render import render
from runner.report.pictures.sizes import payloads
from runner.report.view import View

PICTURES: tuple[Callable[[View], Drawing | None], ...] = (
    forest,
    workers,
    latency,
    payloads,
    versions,
)
"""To add a picture, write its function, name it here, and name it in the section that shows it."""


def draw(view: View) -> Sequence[Picture]:
    """Return the pictures for which there is data."""
    drawings = [make(view) for make in PICTURES]
    return tuple(render(one) for one in drawings if one is not None)
