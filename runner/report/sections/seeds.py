"""A published table of seconds, and ours beside it."""

from collections.abc import Iterator, Sequence

from runner.report import figures, names
from runner.report.contexts import TOPOLOGY
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View
from runner.results import Comparison, Context

SOURCE = "Stack Overflow, question 8463008, “Multiprocessing - Pipe vs Queue”"
_MISSING = (
    "Not measured. `ipcmatrix run --profile message_counts` measures the published counts; "
    "the published figures are below."
)


def seeds(view: View) -> Section:
    """Return seconds for the published counts by version, theirs beside ours."""
    published = view.findings.published
    if not published:
        return Section("seeds", "The published table, theirs beside ours", missing=_MISSING)
    counts = sorted({one.messages for one in published})
    baseline = view.name("transport", published[0].transport)
    note = (
        f"Theirs: {SOURCE}. All by the joined clock: until the reader was joined. Ratios of theirs "
        f"are of the {counts[-1]:,} column; ours are medians of within-round ratios, at the count "
        "that the brackets' line names. ~: not measured at that count, scaled from a calibrated "
        "one."
    )
    ours = [*_ours(view, counts)]
    rows = sorted(
        [*ours, *_theirs(view, counts)],
        key=lambda row: names.version_key(row[0].text.split()[0]),
    )
    columns = (
        Column("Python"),
        Column("transport"),
        *(Column(f"{number:,} {published[0].payload}s, s", "right") for number in counts),
        Column(f"time, {baseline} = 1", "right"),
        Column("whose"),
    )
    table = Table("seeds", "Seconds to move the published counts", columns, rows, note, heads=2)
    missing = "" if ours else _MISSING
    return Section(
        "seeds", "The published table, theirs beside ours", tables=[table], missing=missing
    )


def _theirs(view: View, counts: Sequence[int]) -> Iterator[list[Entry]]:
    """Return a row for each machine and transport; the first transport of a machine is the 1."""
    taken: dict[str, dict[str, dict[int, float]]] = {}
    for one in view.findings.published:
        of_machine = taken.setdefault(f"{one.python} ({one.machine})", {})
        of_machine.setdefault(one.transport, {})[one.messages] = one.seconds
    for where, arms in taken.items():
        first = next(iter(arms.values()))
        for transport, seconds in arms.items():
            factor = seconds[counts[-1]] / first[counts[-1]]
            cells = [Entry(figures.significant(seconds[at]), value=seconds[at]) for at in counts]
            ratio = Entry(figures.ratio(factor), value=factor)
            yield entries(where, view.name("transport", transport), *cells, ratio, "theirs")


def _ours(view: View, counts: Sequence[int]) -> Iterator[list[Entry]]:
    there = {one.transport for one in view.findings.published}
    first = view.findings.published[0].transport
    joined = _joined(view, first)
    for python in view.pythons:
        for transport in (one for one in view.transports if one in there):
            cells = [_seconds(view, python, transport, count) for count in counts]
            if any(cell.value is not None for cell in cells):
                factor = Entry("1", value=1.0)
                if transport != first:
                    factor = _factor(view, joined, python, transport, counts)
                yield entries(python, view.name("transport", transport), *cells, factor, "ours")


def _joined(view: View, first: str) -> dict[tuple[str, str, Context], Comparison]:
    """Return the first transport over every other by the joined clock, by what it was met in."""
    found = {}
    for pair in view.findings.comparisons:
        if pair.family == "transport" and pair.clock == "joined" and not pair.twin:
            if pair.a == first:
                found[pair.python, pair.b, pair.context] = pair
            elif pair.b == first:
                found[pair.python, pair.a, pair.context] = pair.flipped()
    return found


def _contexts(view: View, count: int | None) -> list[Context]:
    payload = view.findings.published[0].payload
    wanted = "auto" if count is None else str(count)
    return [
        one
        for one in view.contexts
        if one.payload == payload and one.topology == TOPOLOGY and one.messages == wanted
    ]


def _seconds(view: View, python: str, transport: str, count: int) -> Entry:
    """Return the time for so many messages: measured at that count, or scaled and marked."""
    for contexts, sign in ((_contexts(view, count), ""), (_contexts(view, None), "~")):
        for context in contexts:
            cell = view.measured.get((python, transport, context))
            if cell is not None and cell.joined_rate:
                taken = count / cell.joined_rate
                return Entry(f"{sign}{figures.significant(taken)}", value=taken)
    return Entry(figures.NOTHING)


def _factor(
    view: View,
    joined: dict[tuple[str, str, Context], Comparison],
    python: str,
    transport: str,
    counts: Sequence[int],
) -> Entry:
    """Return the time relative to the first's, from the largest count that was compared."""
    for count in (*reversed(counts), None):
        for context in _contexts(view, count):
            pair = joined.get((python, transport, context))
            if pair is not None:
                where = f"{count:,}" if count else "calibrated"
                note = f"{figures.interval(pair.span)} {where}"
                return Entry(figures.ratio(pair.ratio), note, pair.ratio)
    return Entry(figures.NOTHING)
