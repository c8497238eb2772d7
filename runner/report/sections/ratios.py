"""Every transport against the baseline, and against every other."""

from collections.abc import Sequence

from runner.report import figures, names, phrases
from runner.report.contexts import Pairs
from runner.report.document import Column, Entry, Section, Table
from runner.report.sections import winners
from runner.report.sections.machines import over_machines
from runner.report.view import View, ordered
from runner.results import Context, Span

OPEN = 12
"""Contexts that a report shows as tables; the rest is on the page and in tables/."""
PYTHONS = 9
"""Pythons that fit the width of GitHub: the oldest and the newest."""


def ratios(view: View) -> Section:
    """Return transports × Pythons, ratios to the baseline; each context and each pair below it."""
    contexts = view.contexts_of("transport")
    if not contexts:
        return Section("ratios", "Transports by Python")
    details = [*over_machines(view), *winners.tables(view)]
    details += [against(view, one) for one in contexts[:OPEN]]
    details += [rates(view, contexts[0]), pairwise(view, view.newest, contexts[0])]
    table, bounds = _by_python(view, contexts[0])
    return Section(
        "ratios",
        "Transports by Python",
        bounds,
        tables=[table],
        details=details,
    )


def _by_python(view: View, context: Context) -> tuple[Table, list[str]]:
    """Return the ratios with one mark each, and a line on what only bounds the others."""
    baseline = view.baseline("transport", context)
    base = view.name("transport", baseline)
    pairs = {one: view.transport_pairs(one, context) for one in view.pythons}
    pythons = [one for one in view.pythons if pairs[one]]
    pythons = pythons if len(pythons) <= PYTHONS else [pythons[0], *pythons[1 - PYTHONS :]]
    found = ordered({arm for one in pythons for arm in pairs[one].arms}, view.transports)
    lines = [
        [
            Entry(view.name("transport", one)),
            *(
                Entry("1", value=1.0, tone="baseline")
                if one == baseline
                else phrases.brief(pairs[python].get(one, baseline))
                for python in pythons
            ),
        ]
        for one in found
        if not view.catalogue.bounds(one)
    ]
    columns = [Column("transport"), *(Column(one, "right") for one in pythons)]
    title = f"Speed relative to {base} ({view.label(context)})"
    bounds = [
        f"{view.name('transport', one)} {figures.ratio(pair.ratio)}×"
        for one in found
        if view.catalogue.bounds(one)
        if (pair := pairs[view.newest].get(one, baseline))
    ]
    said = f"For comparison only (on {view.newest}, relative to {base}): {', '.join(bounds)}."
    return Table("transports", title, columns, lines, phrases.SHORT_LEGEND), [said] * bool(bounds)


def against(view: View, context: Context) -> Table:
    """Return the table of one context: a row each transport, a column each Python."""
    baseline = view.baseline("transport", context)
    pairs = {python: view.transport_pairs(python, context) for python in view.pythons}
    pythons = [one for one in view.pythons if pairs[one]]
    found = ordered({arm for one in pairs.values() for arm in one.arms}, view.transports)
    lines = [
        [
            Entry(view.name("transport", transport)),
            *(_entry(view, pairs[one], transport, one, context) for one in pythons),
        ]
        for transport in found
    ]
    title = f"Speed relative to {view.name('transport', baseline)} ({view.label(context)})"
    columns = [Column("transport"), *(Column(one, "right") for one in pythons)]
    note = phrases.LEGEND + phrases.MODES_LEGEND
    return Table(f"ratios-{view.anchor(context)}", title, columns, lines, note)


def _entry(
    view: View,
    pairs: Pairs,
    transport: str,
    python: str,
    context: Context,
) -> Entry:
    cell = view.cells.get((python, transport, context))
    mode = names.MODES.get(cell.mode, "") if cell else ""
    baseline = view.baseline("transport", context)
    if transport == baseline and pairs:
        return Entry("1", mode, 1.0, "baseline")
    pair = pairs.get(transport, baseline)
    if pair is None:
        return Entry(cell.status if cell and cell.status != "ok" else figures.NOTHING)
    return phrases.entry(pair, mode)


def rates(view: View, context: Context) -> Table:
    """Return messages per second in one context, with their intervals."""
    there = [key for key in view.measured if key[2] == context]
    pythons = ordered({key[0] for key in there}, view.pythons)
    transports = ordered({key[1] for key in there}, view.transports)
    lines = [
        [
            Entry(view.name("transport", transport)),
            *(_rate(view, (python, transport, context)) for python in pythons),
        ]
        for transport in transports
    ]
    columns = [Column("transport"), *(Column(one, "right") for one in pythons)]
    note = "Medians with 95 % intervals. These depend on the machine and on its load; ratios less. "
    note += phrases.CONTROL_IN_RATES
    title = f"Messages per second ({view.label(context)})"
    return Table(f"rates-{view.anchor(context)}", title, columns, lines, note)


def _rate(view: View, key: tuple[str, str, Context]) -> Entry:
    cell = view.measured.get(key)
    if cell is None:
        return Entry(figures.NOTHING)
    span = Span(cell.rate, cell.rate_low, cell.rate_high)
    return Entry(figures.scaled(cell.rate), figures.interval(span, figures.scaled), cell.rate)


def pairwise(view: View, python: str, context: Context) -> Table:
    """Return transport × transport: the row's speed relative to the column's."""
    pairs = view.transport_pairs(python, context)
    arms = ordered(pairs.arms, view.transports)
    title = f"Each transport against each ({python}, {view.label(context)})"
    note = "The row's speed relative to the column's. " + phrases.LEGEND
    return square(view, f"transport-pairs-{view.anchor(context)}", title, arms, pairs, note)


def square(
    view: View,
    id: str,  # noqa: A002 - the table's id
    title: str,
    arms: Sequence[str],
    pairs: Pairs,
    note: str,
) -> Table:
    """Return an n:n table of pairs; rows and columns are the same arms."""
    compared_axis = pairs.compared_axis
    lines = [
        [
            Entry(view.name(compared_axis, a)),
            *(Entry("1", value=1.0) if a == b else phrases.entry(pairs.get(a, b)) for b in arms),
        ]
        for a in arms
    ]
    columns = [
        Column("row / column"),
        *(Column(view.name(compared_axis, one), "right") for one in arms),
    ]
    return Table(id, title, columns, lines, note)
