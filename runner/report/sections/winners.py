"""Which transport to take for which Python, payload and worker count."""

from runner.report import figures, phrases
from runner.report.document import Column, Entry, Table, entries
from runner.report.view import View
from runner.results import Context, Span, Winner

_HOW = (
    "Ties within the margin are joined by “=”. “…”: winner not certain. “of”: how many transports "
    "were compared in that row. ‡ or †: may partly reflect one core against two, in more than 10 % "
    "of the rounds or in fewer. Upper bounds are left out."
)


def tables(view: View) -> list[Table]:
    """Return the fastest for each Python and context, and by how much."""
    rows = [row for row in view.winners if row.winners]
    if not rows:
        return []
    machines = dict.fromkeys(row.machine for row in rows)
    # Rates of two machines are never in one table.
    each = [_long(view, [row for row in rows if row.machine == one], one) for one in machines]
    return [_by_context(view, rows), *each]


def _named(view: View, row: Winner) -> str:
    tied = " = ".join(view.name("transport", one) for one in row.winners)
    return f"{tied}{'' if row.decided else ' …'}{phrases.modes_mark(row.modes)}"


def _by_context(view: View, rows: list[Winner]) -> Table:
    pythons = [one for one in view.pythons if any(row.python == one for row in rows)]
    found: dict[Context, dict[str, Winner]] = {}
    for row in rows:
        found.setdefault(row.context, {})[row.python] = row
    lines = []
    for context, line in found.items():
        counts = {row.compared for row in line.values()}  # how many transports, fewest to most
        compared = f"{min(counts)}{f'–{max(counts)}' if len(counts) > 1 else ''}"
        named = (
            _named(view, line[python]) if python in line else figures.NOTHING for python in pythons
        )
        lines.append(entries(view.label(context), compared, *named))
    heads = [Column("payload, topology, workers"), Column("of", "right")]
    columns = [*heads, *(Column(one) for one in pythons)]
    return Table("winners", "Fastest transports", columns, lines, _HOW)


def _long(view: View, rows: list[Winner], machine: str) -> Table:
    several = len(view.machines) > 1
    columns = [
        Column("Python"),
        Column("payload"),
        Column("topology"),
        Column("workers", "right"),
        Column("start method"),
        Column("placement"),
        Column("messages"),
        Column("of", "right"),
        Column("winners"),
        Column("messages/s", "right"),
        Column("next best"),
        Column("ahead by", "right"),
    ]
    lines = [_line(view, row) for row in rows]
    title = "Fastest transports, their rates and their lead"
    title += f" (machine {machine})" if several else ""
    name = f"winners-lead-m{view.machines.index(machine)}" if several else "winners-lead"
    return Table(name, title, columns, lines, phrases.CONTROL_IN_RATES, heads=4)


def _line(view: View, row: Winner) -> list[Entry]:
    lead = Span(row.runner_up_ratio, row.runner_up_low, row.runner_up_high)
    known = bool(row.runner_up)
    return entries(
        row.python,
        row.payload,
        row.topology,
        Entry(str(row.workers), value=row.workers),
        row.start_method,
        row.placement,
        row.messages,
        Entry(str(row.compared), value=row.compared),
        _named(view, row),
        Entry(figures.scaled(row.best_rate), value=row.best_rate),
        view.name("transport", row.runner_up) if known else figures.NOTHING,
        Entry(_lead(lead) if known else figures.NOTHING, value=lead.middle),
    )


def _lead(lead: Span) -> str:
    """Return the lead; of two that are level the order by their places and the ratio may differ."""
    if lead.middle is not None and lead.middle <= 1:
        return f"level, {figures.times(lead)}"
    return figures.times(lead)
