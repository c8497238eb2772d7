"""A published table of seconds, and ours next to it."""

from collections.abc import Iterator, Sequence
from itertools import product

from runner.model import AUTO, FREE, python_order
from runner.report import figures, names
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View
from runner.results import Context
from runner.studies.pipe_vs_queue.data import Cells, Published, data
from runner.studies.pipe_vs_queue.evidence import JOIN, Evidence

BASE = "pipe"
"""The transport whose time is 1."""
_MISSING = (
    "Not measured. `ipcmatrix run --profile message_counts --study pipe_vs_queue` measures the "
    "published counts; the published figures are below."
)


def published(view: View) -> Section:
    """Return seconds for the published counts by version, theirs and ours."""
    given = data().published
    ours = [*_ours(view, given)]
    machines: dict[str, list[str]] = {}
    for one in given.machines:
        machines.setdefault(one.machine, []).append(one.python)
    where = "; ".join(f"{', '.join(pythons)} on {name}" for name, pythons in machines.items())
    note = (
        f"Theirs: {data().sources[given.source]}, {given.where}; {where}. All times end when "
        f"the reader was joined. Their ratios are those of the {given.counts[-1]:,} column; ours "
        "are estimated within rounds, at the count below the ratio. ~: not measured at that count, "
        "but scaled from a calibrated one."
    )
    every = sorted([*ours, *_theirs(view, given)], key=lambda one: python_order(one[0]))
    columns = (
        Column("Python"),
        Column("transport"),
        Column("placement"),
        *(Column(f"{count:,}", "right") for count in given.counts),
        Column(f"time, {view.name('transport', BASE)} = 1", "right"),
    )
    name = f"Seconds to move so many {given.payload}s"
    table = Table("published", name, columns, [row for _, row in every], note, heads=3)
    missing = "" if ours else _MISSING
    title = f"The numbers of {given.where.partition(',')[0]} next to ours"
    return Section("published", title, tables=[table], missing=missing)


def _theirs(view: View, given: Published) -> Iterator[tuple[str, list[Entry]]]:
    for one in given.machines:
        for transport, taken in one.seconds.items():
            factor = taken[-1] / one.seconds[BASE][-1]
            line = entries(
                f"{one.python} (theirs)",
                view.name("transport", transport),
                view.name("placement", FREE),
                *(Entry(figures.significant(seconds), value=seconds) for seconds in taken),
                Entry(figures.ratio(factor), value=factor),
            )
            yield one.python, line


def _ours(view: View, given: Published) -> Iterator[tuple[str, list[Entry]]]:
    published = {transport for one in given.machines for transport in one.seconds}
    transports = [one for one in view.transports if one in published]
    places = product(view.pythons, transports, _placements(view, given))
    for python, transport, placed in places:
        contexts = _contexts(view, given, placed)
        cells = [_seconds(view, contexts, python, transport, count) for count in given.counts]
        if any(cell.value is not None for cell in cells):
            line = entries(
                python,
                view.name("transport", transport),
                view.name("placement", placed),
                *cells,
                _factor(view, contexts, python, transport),
            )
            yield python, line


def _placements(view: View, given: Published) -> Sequence[str]:
    """Return the placements in which a published count was measured; where none was, all."""
    counts = {*map(str, given.counts)}
    places = dict.fromkeys(one.placement for one in view.contexts)
    of_counts = {one.placement for one in view.contexts if one.messages in counts}
    return [one for one in places if one in of_counts] or [*places]


def _contexts(view: View, given: Published, placed: str) -> list[Context]:
    """Return the contexts with this payload, the largest number of messages first."""
    found = [
        one
        for one in view.contexts
        if (one.payload, one.topology, one.placement) == (given.payload, "one_to_one", placed)
    ]
    return sorted(found, key=lambda one: names.messages_key(one.messages), reverse=True)


def _seconds(
    view: View, contexts: Sequence[Context], python: str, transport: str, count: int
) -> Entry:
    """Return the time for so many messages: measured at that count, or scaled and marked."""
    for wanted, sign in ((str(count), ""), (AUTO, "~")):
        for context in (one for one in contexts if one.messages == wanted):
            cell = view.measured.get((python, transport, context))
            if cell is not None and cell.join_rate:
                taken = count / cell.join_rate
                return Entry(f"{sign}{figures.significant(taken)}", value=taken)
    return Entry(figures.NOTHING)


def _factor(view: View, contexts: Sequence[Context], python: str, transport: str) -> Entry:
    """Return the time relative to the base's, from the largest count that was compared."""
    if transport == BASE:
        return Entry("1", value=1.0)
    compared = [
        one
        for one in view.findings.comparisons
        if (one.compared_axis, one.python) == ("transport", python) and not one.control
    ]
    pairs = Evidence(python, compared).pair(BASE, transport, Cells((BASE, transport)), (JOIN,))
    found = {one.context: one for one in pairs}
    for context in (one for one in contexts if one in found):
        where = f"{int(context.messages):,}" if context.messages != AUTO else "calibrated"
        note = f"{figures.interval(found[context].span)} {where}"
        return Entry(figures.ratio(found[context].ratio), note, found[context].ratio)
    return Entry(figures.NOTHING)
