"""What changes when the Python is upgraded, from any version to any other."""

from collections.abc import Iterator

from runner.report import phrases
from runner.report.document import Column, Entry, Section, Table
from runner.report.sections.ratios import OPEN, square
from runner.report.view import View, ordered
from runner.results import Context

_MISSING = (
    "No interpreters were compared. Measure with `python` under `compare.axes` in the matrix."
)
_HOW = (
    "Interpreters were measured side by side, in common rounds. A ratio between two versions is "
    "the speed after the change relative to the speed before."
)


def upgrades(view: View) -> Section:
    """Return Python × Python for each transport, and every version against the baseline."""
    title = "Python versions: what changes if you upgrade"
    contexts = view.contexts_of("python")
    if not contexts:
        return Section("upgrades", title, missing=_MISSING)
    tables = [_against(view, one, place > 0) for place, one in enumerate(contexts[:OPEN])]
    tables += _squares(view, contexts[0])
    return Section("upgrades", title, [_HOW], pictures=["versions"], tables=tables)


def _against(view: View, context: Context, folded: bool) -> Table:
    """Return each Python relative to the baseline Python, a row each transport."""
    baseline = view.baseline("python", context)
    groups = {one: view.python_pairs(one, context) for one in view.transports}
    pythons = ordered({arm for one in groups.values() for arm in one.arms}, view.pythons)
    lines = [
        [
            Entry(view.name("transport", transport)),
            *(
                Entry("1", value=1.0, tone="baseline")
                if python == baseline
                else phrases.entry(pairs.get(python, baseline))
                for python in pythons
            ),
        ]
        for transport, pairs in groups.items()
        if pairs
    ]
    title = f"Speed of each Python relative to {baseline} ({view.label(context)})"
    columns = [Column("transport"), *(Column(one, "right") for one in pythons)]
    anchor = f"upgrades-{view.anchor(context)}"
    return Table(anchor, title, columns, lines, phrases.LEGEND, folded)


def _squares(view: View, context: Context) -> Iterator[Table]:
    """Return from any version (column) to any other (row), a table each transport."""
    note = "Speed under the row's Python relative to the column's: from column to row. "
    for place, transport in enumerate(view.transports):
        pairs = view.python_pairs(transport, context)
        if pairs:
            arms = ordered(pairs.arms, view.pythons)
            name = view.name("transport", transport)
            title = f"{name}: from any Python to any ({view.label(context)})"
            anchor = f"python-pairs-t{place}-{view.anchor(context)}"
            yield square(view, anchor, title, arms, pairs, note + phrases.LEGEND)
