"""N pipes against one shared queue, over worker counts."""

from collections.abc import Sequence
from itertools import groupby

from runner.report import figures, phrases
from runner.report.contexts import TOPOLOGY
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.view import View
from runner.results import Crossover

_MISSING = (
    "Not measured. Put a pipe and a queue on the axis `transport`, `fan_out` on `topology` and "
    "several counts on `workers`, then `ipcmatrix run`."
)
_HOW = (
    "One producer deals messages out, to one channel for each worker or to a single queue that "
    "all workers read. A share is the part of the messages that one worker got: with equal work "
    "each of N would get 1/N."
)
_OPEN = 1
_COLUMNS = (
    Column("Python"),
    Column("workers", "right"),
    Column("N pipes / shared queue", "right"),
    Column("N pipes, messages/s", "right"),
    Column("shared queue, messages/s", "right"),
    Column("least share, pipes", "right"),
    Column("least share, queue", "right"),
    Column("greatest share, queue", "right"),
)


def workers(view: View) -> Section:
    """Return throughput by worker count, the crossover, and how the messages were shared."""
    title = "N pipes against one shared queue"
    if not view.crossovers:
        return Section("workers", title, missing=_MISSING)
    groups = [
        (key, list(rows))
        for key, rows in groupby(view.crossovers, key=lambda row: (_rest(row), row.pipe, row.queue))
    ]
    own, one = view.opposed
    groups.sort(key=lambda group: (group[0][1] != own, group[0][2] != one))
    said = [_HOW, *(_crossing(view, rows) for _, rows in groups)]
    tables = [_table(view, place, rows) for place, (_, rows) in enumerate(groups)]
    return Section("workers", title, said, pictures=["workers"], tables=tables)


def _rest(row: Crossover) -> object:
    return row.context._replace(workers=0)


def _crossing(view: View, rows: Sequence[Crossover]) -> str:
    """Say for which Pythons the winner changes, and at how many workers."""
    arms = f"{view.name('transport', rows[0].pipe)} and {view.name('transport', rows[0].queue)}"
    found = {row.python: int(row.crossover) for row in rows if row.crossover is not None}
    where = ", ".join(f"{python} at {count}" for python, count in found.items())
    open_ = {row.python for row in rows if row.verdict in ("open", "invalid", "")}
    rest = [one for one in dict.fromkeys(row.python for row in rows) if one not in found]
    never = ", ".join(one for one in rest if one not in open_)
    undecided = ", ".join(one for one in rest if one in open_)
    parts = [f"the winner changes under {where} workers"] if found else []
    parts += [f"{'it' if parts else 'the winner'} does not change under {never}"] if never else []
    it = "it" if parts else "the winner"
    parts += [f"whether {it} changes is not decided under {undecided}"] if undecided else []
    label = view.label(rows[0].context._replace(workers=1, topology=TOPOLOGY))
    payload = label.replace(TOPOLOGY, rows[0].topology)
    return f"Crossover of {arms} ({payload}): {'; '.join(parts)}."


def _table(view: View, place: int, rows: Sequence[Crossover]) -> Table:
    pipe, queue = view.name("transport", rows[0].pipe), view.name("transport", rows[0].queue)
    context = rows[0].context._replace(workers=1, topology=TOPOLOGY)
    label = view.label(context).replace(TOPOLOGY, rows[0].topology)
    title = f"{pipe} for each worker against one shared {queue} ({label})"
    lines = [_line(row) for row in rows]
    note = f"{phrases.LEGEND} {phrases.CONTROL_IN_RATES}"
    return Table(f"workers-{place}", title, _COLUMNS, lines, note, folded=place >= _OPEN, heads=2)


def _line(row: Crossover) -> list[Entry]:
    mark = phrases.MARKS.get(row.verdict, "?")
    mixed = phrases.modes_mark(row.modes)
    span = row.span
    known = row.ratio is not None
    ratio = Entry(
        f"{figures.ratio(row.ratio)} {mark}{mixed}" if known else figures.NOTHING,
        figures.interval(span),
        row.ratio,
        row.verdict,
    )
    return entries(
        row.python,
        Entry(str(row.workers), value=row.workers),
        ratio,
        Entry(figures.scaled(row.pipe_rate), value=row.pipe_rate),
        Entry(figures.scaled(row.queue_rate), value=row.queue_rate),
        *(
            Entry(figures.percent(share), value=share)
            for share in (row.pipe_share_low, row.queue_share_low, row.queue_share_high)
        ),
    )
