"""What the machine's counters say of the time in which a run measured."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from runner.report import figures, text
from runner.report.document import Column, Entry, Table, entries
from runner.report.view import View
from runner.results import SessionInterval

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
            told = "; ".join(MEANINGS.get(flag, flag) for flag in row.flags)
            yield f"While run {text.line(row.run)} measured{_which(row.sessions)}: {told}."


def _which(sessions: str) -> str:
    if not sessions:
        return ""
    return f" its sessions {sessions}" if "," in sessions else f" its session {sessions}"


def tables(view: View) -> list[Table]:
    """Return what changed from before to after, a line each session."""
    rows = view.findings.intervals
    if not rows:
        return []
    lines = [_line(row) for row in rows]
    title = "The machine from before to after each session"
    note = "Of the whole machine, our own work included; – where it does not tell."
    return [Table("session-intervals", title, _COLUMNS, lines, note, heads=2)]


def _line(row: SessionInterval) -> list[Entry]:
    counters = (row.throttled, row.cgroup_throttled, row.swapped_in, row.swapped_out)
    return entries(
        text.line(row.run),
        row.sessions or figures.NOTHING,
        Entry(figures.decimal(row.minutes, 1), value=row.minutes),
        row.load or figures.NOTHING,
        Entry(figures.percent(row.busy), value=row.busy),
        Entry(figures.percent(row.pressure), value=row.pressure),
        row.processes or figures.NOTHING,
        row.temperature or figures.NOTHING,
        Entry(figures.percent(row.steal, 1), value=row.steal),
        *(Entry(figures.whole(one), value=one) for one in counters),
        ", ".join(row.flags),
    )
