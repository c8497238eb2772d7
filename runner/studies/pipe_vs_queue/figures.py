"""A published table of seconds, and ours next to it."""

from collections.abc import Iterator

from runner.model import python_order
from runner.report import figures
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View
from runner.results import Context
from runner.studies.pipe_vs_queue.data import Published, data

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
        "are medians of ratios within rounds, at the count below the ratio. ~: not measured at "
        "that count, but scaled from a calibrated one."
    )
    rows = sorted(
        [*ours, *_theirs(view, given)], key=lambda row: python_order(row[0].text.split()[0])
    )
    columns = (
        Column("Python"),
        Column("transport"),
        *(Column(f"{count:,}", "right") for count in given.counts),
        Column(f"time, {view.name('transport', BASE)} = 1", "right"),
    )
    name = f"Seconds to move so many {given.payload}s"
    table = Table("published", name, columns, rows, note, heads=2)
    missing = "" if ours else _MISSING
    title = f"The numbers of {given.where.partition(',')[0]} next to ours"
    return Section("published", title, tables=[table], missing=missing)


def _theirs(view: View, given: Published) -> Iterator[list[Entry]]:
    for one in given.machines:
        for transport, taken in one.seconds.items():
            factor = taken[-1] / one.seconds[BASE][-1]
            yield entries(
                f"{one.python} (theirs)",
                view.name("transport", transport),
                *(Entry(figures.significant(seconds), value=seconds) for seconds in taken),
                Entry(figures.ratio(factor), value=factor),
            )


def _ours(view: View, given: Published) -> Iterator[list[Entry]]:
    transports = {transport for one in given.machines for transport in one.seconds}
    for python in view.pythons:
        for transport in (one for one in view.transports if one in transports):
            cells = [_seconds(view, given, python, transport, count) for count in given.counts]
            if any(cell.value is not None for cell in cells):
                factor = _factor(view, given, python, transport)
                yield entries(python, view.name("transport", transport), *cells, factor)


def _contexts(view: View, given: Published, count: int | None) -> list[Context]:
    wanted = "auto" if count is None else str(count)
    return [
        one
        for one in view.contexts
        if (one.payload, one.topology, one.messages) == (given.payload, "one_to_one", wanted)
    ]


def _seconds(view: View, given: Published, python: str, transport: str, count: int) -> Entry:
    """Return the time for so many messages: measured at that count, or scaled and marked."""
    for wanted, sign in ((count, ""), (None, "~")):
        for context in _contexts(view, given, wanted):
            cell = view.measured.get((python, transport, context))
            if cell is not None and cell.join_rate:
                taken = count / cell.join_rate
                return Entry(f"{sign}{figures.significant(taken)}", value=taken)
    return Entry(figures.NOTHING)


def _factor(view: View, given: Published, python: str, transport: str) -> Entry:
    """Return the time relative to the base's, from the largest count that was compared."""
    if transport == BASE:
        return Entry("1", value=1.0)
    found = {
        pair.context: pair if pair.a == BASE else pair.flipped()
        for pair in view.findings.comparisons
        if (pair.compared_axis, pair.clock, pair.python) == ("transport", "join", python)
        and {pair.a, pair.b} == {BASE, transport}
        and not pair.control
    }
    for count in (*reversed(given.counts), None):
        for context in _contexts(view, given, count):
            if (pair := found.get(context)) is not None:
                where = f"{count:,}" if count else "calibrated"
                note = f"{figures.interval(pair.span)} {where}"
                return Entry(figures.ratio(pair.ratio), note, pair.ratio)
    return Entry(figures.NOTHING)
