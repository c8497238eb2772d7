"""What changes when the Python is upgraded, from any version to any other."""

from collections.abc import Iterator

from runner.report import phrases
from runner.report.document import Column, Entry, Section, Table
from runner.report.sections.ratios import OPEN, PYTHONS, square
from runner.report.view import View, ordered
from runner.results import Context

_SHOWN = 4


def upgrades(view: View) -> Section:
    """Return the newest Python against each older; every pair below."""
    title = "Upgrading Python"
    contexts = view.contexts_of("python")
    if not contexts:
        return Section("upgrades", title)
    details = [_against(view, one) for one in contexts[:OPEN]]
    details += _squares(view, contexts[0])
    brief = _brief(view, contexts[0])
    return Section("upgrades", title, pictures=["versions"], tables=brief, details=details)


def _brief(view: View, context: Context) -> list[Table]:
    """Return the speed of the newest relative to each older, for the first transports."""
    groups = {one: view.python_pairs(one, context) for one in view.transports}
    known = [one for one in groups if not view.catalogue.bounds(one)]
    first = sorted(known, key=lambda one: one not in view.opposed)[:_SHOWN]
    groups = {one: groups[one] for one in first if groups[one] and view.newest in groups[one].arms}
    arms = {arm for one in groups.values() for arm in one.arms} - {view.newest}
    pythons = ordered(arms, view.pythons)
    if not pythons:
        return []
    pythons = pythons if len(pythons) <= PYTHONS else [pythons[0], *pythons[1 - PYTHONS :]]
    lines = [
        [
            Entry(view.name("transport", one)),
            *(phrases.brief(pairs.get(view.newest, python)) for python in pythons),
        ]
        for one, pairs in groups.items()
    ]
    columns = [Column("transport"), *(Column(one, "right") for one in pythons)]
    title = f"Speed of Python {view.newest} relative to each older ({view.label(context)})"
    return [Table("newest", title, columns, lines, phrases.SHORT_LEGEND)]


def _against(view: View, context: Context) -> Table:
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
    return Table(anchor, title, columns, lines, phrases.LEGEND)


def _squares(view: View, context: Context) -> Iterator[Table]:
    """Return from any version (column) to any other (row), a table each transport."""
    note = "Speed on the row's Python relative to the column's: from column to row. "
    for place, transport in enumerate(view.transports):
        pairs = view.python_pairs(transport, context)
        if pairs:
            arms = ordered(pairs.arms, view.pythons)
            name = view.name("transport", transport)
            title = f"{name}: from any Python to any ({view.label(context)})"
            anchor = f"python-pairs-t{place}-{view.anchor(context)}"
            yield square(view, anchor, title, arms, pairs, note + phrases.LEGEND)
