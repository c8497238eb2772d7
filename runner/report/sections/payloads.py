"""What the message is: how throughput falls as messages grow."""

from runner.report import figures, finding, phrases
from runner.report.document import Column, Entry, Section, Table
from runner.report.view import View, ordered
from runner.results import CellSummary, Context

_COLUMNS = 7


def payloads(view: View) -> Section:
    """Return ratios to the baseline by message size; the rates of every Python below."""
    title = "Message sizes"
    contexts = _compared_axis(view)
    if len(contexts) < 2:
        return Section("payloads", title)
    pythons = [view.newest, *(one for one in view.pythons if one != view.newest)]
    details = [_table(view, python, contexts) for python in pythons]
    return Section(
        "payloads",
        title,
        pictures=["payloads"],
        tables=[_brief(view, contexts[-_COLUMNS:])],
        details=[one for one in details if one.rows],
    )


def _brief(view: View, contexts: list[Context]) -> Table:
    python, baseline = view.newest, view.baseline("transport", contexts[0])
    pairs = [view.transport_pairs(python, one) for one in contexts]
    arms = ordered({arm for one in pairs for arm in one.arms}, view.transports)
    base = view.name("transport", baseline)
    rates = [view.measured.get((python, baseline, one)) for one in contexts]
    lines = [
        [
            Entry(view.name("transport", one)),
            *(phrases.brief(pair.get(one, baseline)) for pair in pairs),
        ]
        for one in arms
        if one != baseline and not view.catalogue.bounds(one)
    ]
    per_second = [Entry(figures.scaled(row.rate if row else None)) for row in rates]
    lines.append([Entry(f"{base}, messages/s"), *per_second])
    sizes = [finding.message(view, one.payload) for one in contexts]
    columns = [Column("transport"), *(Column(one, "right") for one in sizes)]
    title = f"Speed relative to {base} by message (Python {python})"
    return Table("sizes", title, columns, lines, phrases.SHORT_LEGEND)


def _compared_axis(view: View) -> list[Context]:
    """Return the contexts that differ from the first only in the payload."""
    base = view.base
    if base is None:
        return []
    found = [one for one in view.contexts if one._replace(payload="") == base._replace(payload="")]
    return sorted(found, key=lambda one: view.catalogue.key("payload", one.payload))


def _table(view: View, python: str, contexts: list[Context]) -> Table:
    there = {key[1] for key in view.measured if key[0] == python and key[2] in contexts}
    lines = [
        [
            Entry(view.name("transport", transport)),
            *(_entry(view, view.cells.get((python, transport, one))) for one in contexts),
        ]
        for transport in ordered(there, view.transports)
    ]
    title = f"Messages per second by payload ({python}, {contexts[0].topology})"
    columns = [Column("transport"), *(Column(one.payload, "right") for one in contexts)]
    place = view.pythons.index(python)
    return Table(f"payloads-p{place}", title, columns, lines)


def _entry(view: View, cell: CellSummary | None) -> Entry:
    if cell is None:
        return Entry(figures.NOTHING)
    if not cell.rate:
        return Entry(cell.status)
    octets = view.catalogue.message_bytes(cell.payload)
    note = f"{figures.size(cell.rate * octets)}/s" if octets else ""
    return Entry(figures.scaled(cell.rate), note, cell.rate)
