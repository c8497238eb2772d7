"""Where processes run: scheduled by the kernel or bound to cores; and any other axis."""

from collections.abc import Sequence

from runner.model import python_order
from runner.report import figures, phrases
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View, ordered
from runner.results import Comparison

_PLACED = {
    "free": "free: as the kernel schedules",
    "together": "together: on one core",
    "apart": "apart: a core each",
}
_COLUMNS = (
    Column("Python"),
    Column("transport"),
    Column("rest"),
    Column("a"),
    Column("b"),
    Column("speed of a relative to b", "right"),
)
_MODES = (
    Column("Python"),
    Column("option / baseline"),
    Column("crowded", "right"),
    Column("spread", "right"),
    Column("crowded trials", "right"),
)
_SHOWN = 8
_MODES_NOTE = (
    "Crowded: the kernel ran the processes of a trial on the same cores; spread: on more of them. "
    "Crowded is compared with crowded, spread with spread; an option with one mode enters both. In "
    "brackets 95 % intervals."
)


def placement(view: View) -> Section:
    """Return the ratios as the kernel schedules against bound to cores, and by other axes."""
    compared = sorted({pair.compared_axis for pair in view.other_pairs})
    details = [_table(view, one, place) for place, one in enumerate(compared)]
    modes = _in_modes(view)
    title = "As the kernel schedules it: the ratio in each of its two modes"
    tables = _bound(view)
    if modes:
        tables.append(_by_mode(view, "modes", title, modes[:_SHOWN]))
        if len(modes) > _SHOWN:
            details.append(_by_mode(view, "modes-all", f"{title}, all", modes))
    return Section("placement", "Placement on cores", tables=tables, details=details)


def _in_modes(view: View) -> list[Comparison]:
    """Return the comparisons with the baseline that have a ratio in each mode, and are a choice.

    Those of the two that the report is about come first, of these the newest Python's.
    """
    found = []
    for pair in view.pairs:
        base = view.baseline(pair.compared_axis, pair.context)
        bounds = any(view.catalogue.bounds(arm) for arm in (pair.a, pair.b, pair.transport))
        if pair.clock != "end_to_end" or base not in (pair.a, pair.b) or bounds:
            continue
        if view.by_mode(pair):
            found.append(pair.flipped() if pair.a == base else pair)
    found.sort(
        key=lambda pair: (
            {pair.a, pair.b} != set(view.opposed),
            pair.python != view.newest,
            view.context_key(pair.context),
            python_order(pair.python),
        )
    )
    return found


def _by_mode(view: View, anchor: str, title: str, pairs: Sequence[Comparison]) -> Table:
    lines = []
    for pair in pairs:
        a, b = (view.name(pair.compared_axis, arm) for arm in (pair.a, pair.b))
        crowded, spread = view.by_mode(pair)
        where = [view.name("transport", pair.transport)] * bool(pair.transport)
        lines.append(
            entries(
                pair.python,
                Entry(f"{a} / {b}", ", ".join([*where, view.label(pair.context)])),
                *(Entry(figures.times(one.span), value=one.ratio) for one in (crowded, spread)),
                phrases.share_of_time(crowded, a, b),
            )
        )
    return Table(anchor, title, _MODES, lines, _MODES_NOTE, heads=2)


def _bound(view: View) -> list[Table]:
    """Return a column for each placement of the usual context."""
    base = view.base
    contexts = [
        one
        for one in view.contexts_of("transport")
        if base and one._replace(placement="") == base._replace(placement="")
    ]
    if len(contexts) < 2:
        return []
    baseline = view.baseline("transport", contexts[0])
    pairs = [view.transport_pairs(view.newest, one) for one in contexts]
    arms = ordered({arm for one in pairs for arm in one.arms}, view.transports)
    lines = [
        [
            Entry(view.name("transport", one)),
            *(_ratio(view, found.get(one, baseline)) for found in pairs),
        ]
        for one in arms
        if one != baseline and not view.catalogue.bounds(one)
        if sum(found.get(one, baseline) is not None for found in pairs) > 1
    ]
    if not lines:
        return []
    rates = [view.measured.get((view.newest, baseline, one)) for one in contexts]
    name = view.name("transport", baseline)
    lines.append(
        [Entry(f"{name}, messages/s")]
        + [Entry(figures.scaled(row.rate if row else None)) for row in rates]
    )
    columns = [
        Column("transport"),
        *(Column(_PLACED.get(one.placement, one.placement), "right") for one in contexts),
    ]
    title = f"Speed relative to {name} by placement (Python {view.newest})"
    legend = phrases.SHORT_LEGEND
    if any(view.by_mode(pair) for found in pairs for pair in found.all):
        legend = f"{legend}. {phrases.BY_MODE_LEGEND}"
    return [Table("placements", title, columns, lines, legend)]


def _ratio(view: View, pair: Comparison | None) -> Entry:
    modes = view.by_mode(pair) if pair is not None else []
    return phrases.by_mode(modes) if modes else phrases.brief(pair)


def _table(view: View, compared_axis: str, place: int) -> Table:
    pairs = [one for one in view.other_pairs if one.compared_axis == compared_axis]
    pairs.sort(key=lambda one: (_where(view, one), one.context, one.a, one.b))
    lines = [
        entries(
            pair.python,
            view.name("transport", pair.transport),
            view.label(pair.context),
            pair.a,
            pair.b,
            phrases.entry(pair),
        )
        for pair in pairs
    ]
    title = f"By {compared_axis}"
    return Table(f"others-{place}", title, _COLUMNS, lines, phrases.LEGEND, heads=2)


def _where(view: View, pair: Comparison) -> tuple[object, ...]:
    return (python_order(pair.python), view.catalogue.key("transport", pair.transport))
