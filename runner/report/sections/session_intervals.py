"""What the machine's counters say of the time in which a run measured."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from runner.report import figures, text
from runner.report.document import Column, Entry, Table, entries
from runner.report.view import View

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "stolen": "the hypervisor kept more than 2 % of all CPU time",
        "throttled": "cores were slowed for heat, or a quota of CPU was used up",
        "swapped": "memory was swapped",
    }
)
"""What each flag of a session interval means."""

_COLUMNS = (
    Column("run"),
    Column("sessions"),
    Column("minutes", "right"),
    Column("load"),
    Column("CPU busy", "right"),
    Column("some task waited", "right"),
    Column("processes"),
    Column("hottest, °C"),
    Column("CPU time stolen", "right"),
    Column("slowed for heat", "right"),
    Column("periods throttled", "right"),
    Column("pages swapped in", "right"),
    Column("pages swapped out", "right"),
    Column("flags"),
)


def said(view: View) -> Iterator[str]:
    """Yield a sentence for each session interval with a flag."""
    for row in view.findings.intervals:
        if row.flags:
            meanings = "; ".join(MEANINGS.get(flag, flag) for flag in row.flags)
            which = f" its session{'s' * (',' in row.sessions)} {row.sessions}"
            which = which if row.sessions else ""
            yield f"While run {text.line(row.run)} measured{which}: {meanings}."


def tables(view: View) -> list[Table]:
    """Return what changed from before to after, a line each session."""
    rows = view.findings.intervals
    if not rows:
        return []
    lines = [
        entries(
            text.line(row.run),
            row.sessions or figures.NOTHING,
            Entry(figures.decimal(row.minutes, 1), value=row.minutes),
            row.load or figures.NOTHING,
            Entry(figures.percent(row.busy), value=row.busy),
            Entry(figures.percent(row.pressure), value=row.pressure),
            row.processes or figures.NOTHING,
            row.temperature or figures.NOTHING,
            Entry(figures.percent(row.steal, 1), value=row.steal),
            Entry(figures.whole(row.throttled), value=row.throttled),
            Entry(figures.whole(row.cgroup_throttled), value=row.cgroup_throttled),
            Entry(figures.whole(row.swapped_in), value=row.swapped_in),
            Entry(figures.whole(row.swapped_out), value=row.swapped_out),
            ", ".join(row.flags),
        )
        for row in rows
    ]
    title = "The machine from before to after each session"
    note = "For the whole machine, including our own work; –: not known."
    return [Table("session-intervals", title, _COLUMNS, lines, note, heads=2)]
