"""Where processes run: scheduled by the kernel or bound to cores; and any other axis."""

from runner.report import figures, names, phrases
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View, ordered
from runner.results import Comparison

_PLACED = {"free": "as the kernel schedules", "together": "one core", "apart": "a core each"}
_COLUMNS = (
    Column("Python"),
    Column("transport"),
    Column("rest"),
    Column("a"),
    Column("b"),
    Column("speed of a relative to b", "right"),
)


def placement(view: View) -> Section:
    """Return the ratios as the kernel schedules against bound to cores, and by other axes."""
    compared = sorted({pair.compared_axis for pair in view.other_pairs})
    details = [_table(view, one, place) for place, one in enumerate(compared)]
    return (
        Section("placement", "Placement on cores", tables=[*_bound(view)], details=details)
        if details or _bound(view)
        else Section("placement", "Placement on cores")
    )


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
            *(phrases.brief(found.get(one, baseline)) for found in pairs),
        ]
        for one in arms
        if one != baseline and not view.catalogue.bounds(one)
    ]
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
    return [Table("placements", title, columns, lines, phrases.SHORT_LEGEND)]


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
    return (names.version_key(pair.python), view.catalogue.key("transport", pair.transport))
