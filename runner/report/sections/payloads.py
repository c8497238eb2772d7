"""What the message is: how throughput falls as messages grow."""

from runner.report import figures
from runner.report.document import Column, Entry, Section, Table
from runner.report.view import View, ordered
from runner.results import CellSummary, Context

_MISSING = "Only one payload was measured. Put more on the axis `payload`, then `ipcmatrix run`."


def payloads(view: View) -> Section:
    """Return messages per second by payload, a table for each Python."""
    title = "Payloads"
    contexts = _compared_axis(view)
    if len(contexts) < 2:
        return Section("payloads", title, missing=_MISSING)
    pythons = [view.newest, *(one for one in view.pythons if one != view.newest)]
    tables = [_table(view, python, contexts, place > 0) for place, python in enumerate(pythons)]
    tables = [one for one in tables if one.rows]
    said = (
        "Messages per second; below it the bytes per second where the payload's name tells a "
        "size. Compare along a column: ratios with intervals stand in the tables of the section "
        "on transports."
    )
    return Section("payloads", title, [said], pictures=["payloads"], tables=tables)


def _compared_axis(view: View) -> list[Context]:
    """Return the contexts that differ from the first in the payload alone."""
    base = view.base
    if base is None:
        return []
    found = [one for one in view.contexts if one._replace(payload="") == base._replace(payload="")]
    return sorted(found, key=lambda one: view.catalogue.key("payload", one.payload))


def _table(view: View, python: str, contexts: list[Context], folded: bool) -> Table:
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
    return Table(f"payloads-p{place}", title, columns, lines, folded=folded)


def _entry(view: View, cell: CellSummary | None) -> Entry:
    if cell is None:
        return Entry(figures.NOTHING)
    if not cell.rate:
        return Entry(cell.status)
    octets = view.catalogue.message_bytes(cell.payload)
    note = f"{figures.size(cell.rate * octets)}/s" if octets else ""
    return Entry(figures.scaled(cell.rate), note, cell.rate)
