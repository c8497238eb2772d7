"""Which transport to take for which Python, payload and worker count."""

from runner.report import figures, names
from runner.report.contexts import Context, context_of
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.rows import WinnersRow
from runner.report.view import View

_HOW = (
    "A winner is the fastest transport and all that are the same as it within the margin, "
    "fastest first, joined by “=”. “…” marks sets that inconclusive comparisons leave open."
)
_MISSING = (
    "No transports were compared. Measure with the family `transport` under `compare` in the "
    "matrix file."
)


def winners(view: View) -> Section:
    """Return the recommendation for each Python and context."""
    title = "Which transport for which Python, payload and worker count"
    rows = [row for row in view.winners if row.winners]
    if not rows:
        return Section("winners", title, missing=_MISSING)
    return Section(
        "winners", title, sentences=[_HOW], tables=[_by_context(view, rows), _long(rows)]
    )


def _named(row: WinnersRow) -> str:
    tied = " = ".join(names.transport(one) for one in row.winners)
    return tied if row.decided else f"{tied} …"


def _by_context(view: View, rows: list[WinnersRow]) -> Table:
    pythons = [one for one in view.pythons if any(row.python == one for row in rows)]
    found: dict[Context, dict[str, WinnersRow]] = {}
    for row in rows:
        found.setdefault(context_of(row), {})[row.python] = row
    lines = [
        entries(
            view.label(context),
            *(_named(line[python]) if python in line else figures.NOTHING for python in pythons),
        )
        for context, line in found.items()
    ]
    columns = [Column("payload, topology, workers"), *(Column(one) for one in pythons)]
    return Table("winners", "Fastest transports", columns, lines)


def _long(rows: list[WinnersRow]) -> Table:
    columns = [
        Column("Python"),
        Column("payload"),
        Column("topology"),
        Column("workers", "right"),
        Column("start method"),
        Column("placement"),
        Column("messages"),
        Column("winners"),
        Column("messages/s", "right"),
        Column("next best"),
        Column("ahead by", "right"),
    ]
    lines = [_line(row) for row in rows]
    title = "Fastest transports, their rates and their lead"
    return Table("winners-lead", title, columns, lines, folded=True, heads=4)


def _line(row: WinnersRow) -> list[Entry]:
    lead = figures.Span(row.runner_up_ratio, row.runner_up_low, row.runner_up_high)
    known = bool(row.runner_up)
    return entries(
        row.python,
        row.payload,
        row.topology,
        Entry(str(row.workers), value=row.workers),
        row.start_method,
        row.placement,
        row.messages,
        _named(row),
        Entry(figures.scaled(row.best_rate), value=row.best_rate),
        names.transport(row.runner_up) if known else figures.NOTHING,
        Entry(figures.times(lead) if known else figures.NOTHING, value=lead.middle),
    )
