"""The published table that everybody cites, and ours beside it."""

from collections.abc import Mapping
from types import MappingProxyType

from runner.report import figures, names
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View
from runner.results import Context

COUNTS = (10_000, 100_000, 1_000_000)
SOURCE = "Stack Overflow, question 8463008, “Multiprocessing - Pipe vs Queue”"
PUBLISHED: Mapping[str, Mapping[str, tuple[float, float, float]]] = MappingProxyType(
    {
        "2.7.2 (T61, Ubuntu 11.10)": {
            "pipe": (0.0369849205017, 0.328398942947, 3.17266988754),
            "queue": (0.105256080627, 0.980564117432, 10.1611330509),
            "joinable_queue": (0.172781944275, 1.5714070797, 15.8527247906),
        },
        "3.7.0 (T430, VMware)": {
            "pipe": (0.13469791412353516, 1.5587594509124756, 14.467186689376831),
            "queue": (0.1897726058959961, 1.7622203826904297, 16.89015531539917),
            "joinable_queue": (0.2238149642944336, 1.4744081497192383, 15.264554023742676),
        },
        "3.9.2 (T430, VMware)": {
            "pipe": (0.14316844940185547, 1.3749017715454102, 14.252539157867432),
            "queue": (0.17014789581298828, 1.7723784446716309, 17.758610725402832),
            "simple_queue": (0.14937686920166016, 1.5389132499694824, 16.871352910995483),
            "joinable_queue": (0.15144729614257812, 1.567549228668213, 16.237736225128174),
        },
    }
)
"""Seconds until the reader was joined, for each of COUNTS, as published there."""

_ARMS = ("pipe", "queue", "simple_queue", "joinable_queue")
_COLUMNS = (
    Column("Python"),
    Column("transport"),
    *(Column(f"{number:,} ints, s", "right") for number in COUNTS),
    Column("time, Pipe = 1", "right"),
    Column("whose"),
)
_MISSING = (
    "Not measured. `ipcmatrix run --profile message_counts` measures the published counts; "
    "the published figures are below."
)


def seeds(view: View) -> Section:
    """Return seconds for the published counts by version, theirs beside ours."""
    ours = _ours(view)
    theirs = _theirs()
    note = (
        f"Theirs: {SOURCE}. All by the joined clock: until the reader was joined. Ratios of theirs "
        "are of the 1,000,000 column; ours are medians of within-round ratios, at the count that "
        "the brackets' line names. ~: not measured at that count, scaled from a calibrated one."
    )
    rows = sorted([*ours, *theirs], key=lambda row: names.version_key(row[0].text.split()[0]))
    title = "Seconds to move the published counts"
    table = Table("seeds", title, _COLUMNS, rows, note, heads=2)
    missing = "" if ours else _MISSING
    return Section(
        "seeds", "The published table, theirs beside ours", tables=[table], missing=missing
    )


def _theirs() -> list[list[Entry]]:
    rows = []
    for version, arms in PUBLISHED.items():
        for transport, taken in arms.items():
            factor = taken[-1] / arms["pipe"][-1]
            cells = [Entry(figures.significant(one), value=one) for one in taken]
            ratio = Entry(figures.ratio(factor), value=factor)
            rows.append(entries(version, names.transport(transport), *cells, ratio, "theirs"))
    return rows


def _ours(view: View) -> list[list[Entry]]:
    rows = []
    for python in view.pythons:
        for transport in _ARMS:
            cells = [_seconds(view, python, transport, count) for count in COUNTS]
            if any(cell.value is not None for cell in cells):
                factor = _factor(view, python, transport)
                rows.append(entries(python, names.transport(transport), *cells, factor, "ours"))
    return rows


def _contexts(view: View, count: int | None) -> list[Context]:
    wanted = "auto" if count is None else str(count)
    return [
        one
        for one in view.contexts
        if one.payload == "int" and one.topology == "one_to_one" and one.messages == wanted
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


def _factor(view: View, python: str, transport: str) -> Entry:
    """Return the time relative to Pipe's, from the largest count that was compared."""
    if transport == "pipe":
        return Entry("1", value=1.0)
    for count in (*reversed(COUNTS), None):
        for context in _contexts(view, count):
            pair = view.transport_pairs(python, context, "joined").get("pipe", transport)
            if pair is not None:
                where = f"{count:,}" if count else "calibrated"
                span = pair.span
                note = f"{figures.interval(span)} {where}"
                return Entry(figures.ratio(pair.ratio), note, pair.ratio)
    return Entry(figures.NOTHING)
