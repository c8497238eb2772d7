"""Comparisons along any other axis: start methods, placements, …"""

from runner.report import names, phrases
from runner.report.document import Column, Section, Table, entries
from runner.report.view import View
from runner.results import Comparison

_MISSING = (
    "No other axis was compared. Axes such as `start_method` or `placement` stand under "
    "`compare` in the matrix."
)
_COLUMNS = (
    Column("Python"),
    Column("transport"),
    Column("rest"),
    Column("a"),
    Column("b"),
    Column("speed of a relative to b", "right"),
)


def others(view: View) -> Section:
    """Return a table for each further compared axis of comparisons."""
    title = "Other comparisons"
    compared_axes = sorted({pair.compared_axis for pair in view.other_pairs})
    if not compared_axes:
        return Section("others", title, missing=_MISSING)
    tables = [
        _table(view, compared_axis, place) for place, compared_axis in enumerate(compared_axes)
    ]
    return Section("others", title, tables=tables)


def _table(view: View, compared_axis: str, place: int) -> Table:
    pairs = [one for one in view.other_pairs if one.compared_axis == compared_axis]
    pairs.sort(key=lambda one: (_where(view, one), one.context, one.a, one.b))
    lines = [
        entries(
            pair.python,
            view.name("transport", pair.transport),
            view.label(pair.context),
            pair.a,
            pair.b,
            phrases.entry(pair),
        )
        for pair in pairs
    ]
    title = f"By {compared_axis}"
    return Table(f"others-{place}", title, _COLUMNS, lines, phrases.LEGEND, heads=2)


def _where(view: View, pair: Comparison) -> tuple[object, ...]:
    return (names.version_key(pair.python), view.catalogue.key("transport", pair.transport))
