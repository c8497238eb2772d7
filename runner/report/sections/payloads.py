"""What the message is: which transport for which size, and what share of the ceiling it reaches."""

from collections.abc import Sequence

from runner.report import figures, phrases, situations
from runner.report.document import Column, Entry, Section, Table
from runner.report.view import View, ordered
from runner.results import CellSummary, Context

_COLUMNS, _WIDE_COLUMNS = 7, 5
"""Messages of the short table; fewer where a share of the ceiling stands beside each ratio."""
_TITLES, _TITLE = 50, 12
"""Characters of all titles of a table, and of one, that fit a line."""
_ROWS = 10
"""Transports of the short table; the page has all."""
_NAMED = 6
"""Transports that a picture names where there are too many to name all."""
_LEGEND = f"{phrases.SHORT_LEGEND}. Bold: the fastest, and what is equal to it"
_ABOVE = "; above 100 %: faster than it"
_APART = "not in one round"
"""In place of a ratio of two that were both measured, but never both ok in one round."""


def payloads(view: View) -> Section:
    """Return ratios to the baseline by message size; every transport and Python below."""
    title = "Message sizes"
    base = view.base
    contexts = alike(view, base) if base else []
    if len(contexts) < 2:
        return Section("payloads", title)
    others = dict.fromkeys(one._replace(payload="") for one in view.contexts_of("transport"))
    swept = [found for one in others if len(found := alike(view, one)) > 1]
    swept.sort(key=lambda found: found != contexts)
    pythons = [view.newest, *(one for one in view.pythons if one != view.newest)]
    rates = [_table(view, python, contexts) for python in pythons]
    most = _WIDE_COLUMNS if view.shares else _COLUMNS
    brief = _by_size(view, "sizes", contexts[-most:], _ROWS)
    every = [_by_size(view, f"sizes-{view.anchor(one[0])}", one) for one in swept]
    return Section(
        "payloads",
        title,
        pictures=["payloads"],
        tables=[brief],
        details=[
            *(one for one in every if one.rows != brief.rows),
            *(one for one in rates if one.rows),
        ],
    )


def alike(view: View, context: Context) -> list[Context]:
    """Return the measured contexts that differ from one only in the payload, small ones first."""
    wanted = context._replace(payload="")
    found = [one for one in view.contexts if one._replace(payload="") == wanted]
    return sorted(found, key=lambda one: view.catalogue.key("payload", one.payload))


def leading(view: View, contexts: Sequence[Context], most: int = _NAMED) -> list[str]:
    """Return so many transports: the baseline, and those that lead in one of the contexts.

    In the order of tables; upper bounds are left out, under the newest Python.
    """
    places: dict[str, int] = {}
    for context in contexts:
        baseline = view.baseline("transport", context)
        pairs = view.transport_pairs(view.newest, context)
        ratios = {
            one: pair.ratio or 0.0 for one in pairs.arms if (pair := pairs.get(one, baseline))
        }
        candidates = [one for one in ratios if not view.catalogue.bounds(one)]
        places[baseline] = -1
        for place, one in enumerate(sorted(candidates, key=lambda one: -ratios[one])):
            places[one] = min(place, places.get(one, place))
    chosen = sorted(places, key=lambda one: (places[one], view.place(one)))[:most]
    return ordered(chosen, view.transports)


def _by_size(view: View, name: str, contexts: Sequence[Context], most: int | None = None) -> Table:
    """Return ratios to the baseline with the share of the ceiling, under the newest Python."""
    python, baseline = view.newest, view.baseline("transport", contexts[0])
    pairs = [view.transport_pairs(python, one) for one in contexts]
    met = {arm for one in pairs for arm in one.arms if arm == baseline or one.get(arm, baseline)}
    arms = ordered(met, view.transports)
    bounds = [one for one in arms if view.catalogue.moves_bytes_only(one)]
    rows = [one for one in arms if not view.catalogue.bounds(one)]
    if most is not None and len(rows) > most:
        rows = leading(view, contexts, most)
    lines = [
        [
            Entry(view.name("transport", one)),
            *(_ratio(view, baseline, one, context) for context in contexts),
        ]
        for one in rows
    ]
    lines += [
        [
            Entry(f"{view.name('transport', one)}, messages/s"),
            *(_rate(view, one, context) for context in contexts),
        ]
        for one in (baseline, *bounds)
    ]
    sizes = [situations.message(view, one.payload) for one in contexts]
    if sum(map(len, sizes)) > _TITLES:  # the size of a long name on a second line
        sizes = [one.replace(" ", "\n", 1) if len(one) > _TITLE else one for one in sizes]
    columns = [Column("transport"), *(Column(one, "right") for one in sizes)]
    label = "" if most else f", {view.label(contexts[0]._replace(payload=''))}"
    base = view.name("transport", baseline)
    title = f"Which transport for which message: speed relative to {base} (Python {python}{label})"
    keys = [(python, one, context) for one in rows for context in contexts]
    shares = [view.shares[key] for key in keys if key in view.shares]
    names = {view.name("transport", one.bound) for one in shares}
    bound = names.pop() if len(names) == 1 else "the fastest that moves bytes without pickling"
    above = any((one.ratio or 0.0) > 1 for one in shares)
    apart = any(one.text == _APART for line in lines for one in line)
    note = _LEGEND + f". %: of the speed of {bound}" * bool(shares) + _ABOVE * above
    note += f". {_APART.capitalize()}: it and {base} were never both ok in one" * apart
    return Table(name, title, columns, lines, note)


def _ratio(view: View, baseline: str, transport: str, context: Context) -> Entry:
    """Return ratio, mark and share; the fastest of its size and its equals stand out."""
    share = view.shares.get((view.newest, transport, context))
    shown = f" · {figures.percent(share.ratio)}" if share else ""
    best = view.fastest.get((view.newest, context))
    pair = view.transport_pairs(view.newest, context).get(transport, baseline)
    sure = best is not None and (best.decided or phrases.direction(pair) is not None)
    stands_out = sure and best is not None and transport in best.winners
    entry = phrases.brief(pair)
    if transport == baseline and (view.newest, transport, context) in view.measured:
        entry = Entry("1", value=1.0, tone="baseline")
    elif entry.value is None and share:  # a share alone would be taken for a comparison with it
        return Entry(_APART)
    tone = "advised" if stands_out else entry.tone
    return entry._replace(text=entry.text + shown, tone=tone)


def _rate(view: View, transport: str, context: Context) -> Entry:
    cell = view.measured.get((view.newest, transport, context))
    return Entry(figures.scaled(cell.rate if cell else None), value=cell.rate if cell else None)


def _table(view: View, python: str, contexts: Sequence[Context]) -> Table:
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
    return Table(f"payloads-p{place}", title, columns, lines, phrases.CONTROL_IN_RATES)


def _entry(view: View, cell: CellSummary | None) -> Entry:
    if cell is None:
        return Entry(figures.NOTHING)
    if not cell.rate:
        return Entry(cell.status)
    octets = view.catalogue.message_bytes(cell.payload)
    note = f"{figures.size(cell.rate * octets)}/s" if octets else ""
    return Entry(figures.scaled(cell.rate), note, cell.rate)
