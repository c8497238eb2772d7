"""N pipes against one shared queue, over worker counts."""

from collections.abc import Sequence
from itertools import groupby

from runner.report import figures, phrases
from runner.report.document import Column, Entry, Section, Table, entries, two_lines
from runner.report.view import View, ordered
from runner.results import Context, Crossover

_ROWS = 16
_EVEN = 0.95
"""Least share, of 1/N, from which on all are said to be about the same."""
_HOW = "A share is the part of the messages that one worker got: with equal work each gets 1/N."
_BRIEF = (
    Column("N pipes / queue", "right"),
    Column("95 % interval", "right"),
    Column("shares, pipes", "right"),
    Column("shares, queue", "right"),
)
_AXES = ("payload", "topology", "start_method", "placement", "messages", "machine")
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
    """Return own channels over a shared one by worker count, and how messages were shared."""
    title = "N pipes or one shared queue"
    if not view.crossovers:
        return Section("workers", title)
    groups = [
        (key, list(rows))
        for key, rows in groupby(view.crossovers, key=lambda row: (_rest(row), row.pipe, row.queue))
    ]
    own, one = view.opposed
    groups.sort(key=lambda group: (group[0][1] != own, group[0][2] != one))
    asked = [row for (_, a, b), rows in groups if (a, b) == groups[0][0][1:] for row in rows]
    details = [_table(view, place, rows) for place, (_, rows) in enumerate(groups)]
    return Section(
        "workers",
        title,
        [_crossing(view, groups[0][1])],
        pictures=["workers"],
        tables=[_brief(view, asked)],
        details=details,
    )


def _brief(view: View, rows: Sequence[Crossover]) -> Table:
    """Return the newest and the oldest Python, each worker count and placement."""
    pipe, queue = (view.name("transport", one) for one in (rows[0].pipe, rows[0].queue))
    pythons = ordered({row.python for row in rows}, view.pythons)
    chosen = [row for row in rows if row.python in (pythons[0], view.newest)]
    chosen.sort(key=lambda row: row.python != view.newest)
    several = len({_rest(row) for row in chosen}) > 1
    differ = [axis for axis in _AXES if len({getattr(row, axis) for row in chosen}) > 1]
    shown = [(row, view.by_mode(row)) for row in chosen[:_ROWS]]
    lines = [
        entries(
            row.python,
            Entry(str(row.workers), value=row.workers),
            two_lines(
                [str(getattr(row, axis)) for axis in differ] if several else [row.payload], ", "
            ),
            phrases.by_mode(modes) if modes else phrases.brief(row),
            two_lines(
                [figures.interval(one.span) for one in modes] or [figures.interval(row.span)], ", "
            ),
            _least(row),
            f"{figures.percent(row.queue_share_low)}–{figures.percent(row.queue_share_high)}"
            if row.queue_share_low
            else "all",
        )
        for row, modes in shown
    ]
    title = f"N × {pipe} over one shared {queue}, and the share of the messages that a worker got"
    legend = phrases.SHORT_LEGEND
    if any(modes for _, modes in shown):
        legend = f"{legend}. {phrases.BY_MODE_LEGEND}"
    where = Column("where" if several else "message")
    columns = (Column("Python"), Column("workers", "right"), where, *_BRIEF)
    return Table("own-or-shared", title, columns, lines, legend, heads=2)


def _least(row: Crossover) -> str:
    """Return what each worker got of its own channel: with equal work all get 1/N."""
    least = row.pipe_share_low
    if not least:
        return "all"
    shown = figures.percent(least)
    return f"about {shown}" if least * row.workers > _EVEN else f"≥ {shown}"


def _rest(row: Crossover) -> Context:
    return row.context._replace(workers=0)


def _crossing(view: View, rows: Sequence[Crossover]) -> str:
    """Say for which Pythons the winner changes, and at how many workers."""
    found = {row.python: int(row.crossover) for row in rows if row.crossover is not None}
    arms = f"{view.name('transport', rows[0].pipe)} or {view.name('transport', rows[0].queue)}"
    if found:
        where = ", ".join(f"{count} on {python}" for python, count in found.items())
        return f"{arms}: the winner changes at this many workers: {where}."
    if any(phrases.direction(row) is None for row in rows):
        return (
            f"{arms}: no change of winner is proven at any worker count, on any Python; some "
            "intervals are too wide to rule one out."
        )
    return f"{arms}: the winner is the same at every worker count."


def _table(view: View, place: int, rows: Sequence[Crossover]) -> Table:
    pipe, queue = view.name("transport", rows[0].pipe), view.name("transport", rows[0].queue)
    title = f"{pipe} for each worker against one shared {queue} ({view.label(_rest(rows[0]))})"
    lines = [_line(row) for row in rows]
    note = f"{phrases.LEGEND} {phrases.CONTROL_IN_RATES}"
    return Table(f"workers-{place}", title, _COLUMNS, lines, f"{_HOW} {note}", heads=2)


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
