"""How far the figures can be trusted: the A/A control, CPU used by others, drift and flags."""

from collections.abc import Sequence
from math import exp, lgamma, log, log1p
from statistics import median

from runner.machine.speed import UNEVEN
from runner.report import figures, text
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.sections import flags, machines, session_intervals
from runner.report.view import View
from runner.results import SessionNoise

_NOTE = 600
_HOW = (
    "Every baseline is measured twice under two names. This A/A control shows how far noise moves "
    "a ratio that would be 1 without noise; by chance 5 % of the controls differ."
)
_SESSIONS, _ENOUGH, _JUMP = 6, 4, 1.5
_CHANCE = 0.05
"""Share of the controls that differ by chance, and the level at which more are too many."""
_COLUMNS = (
    Column("machine"),
    Column("session", "right"),
    Column("rounds", "right"),
    Column("trials", "right"),
    Column("controls", "right"),
    Column("controls apart from 1", "right"),
    Column("widest control", "right"),
    Column("median spread", "right"),
    Column("pace of slow rounds", "right"),
    Column("contaminated rounds", "right"),
    Column("drifting ratios", "right"),
    Column("CPU used by others, cores", "right"),
)


CONTAMINATED = 0.30
"""Share of contaminated rounds above which a session is shown in red (docs/method.md §10)."""


def noise(view: View) -> Section:
    """Return what the A/A controls, the sessions and the diagnostics say of the figures."""
    rows = view.findings.noise
    title = "How far to trust it"
    if not rows:
        return Section("noise", title)
    details = [
        Table("noise", "Noise floor by session", _COLUMNS, [_line(row) for row in rows], heads=2),
        *flags.tables(view),
        *session_intervals.tables(view),
    ]
    notes = [text.line(note, _NOTE) for note in view.findings.notes]
    together = [machines.sentence(view, one) for one in machines.opposed(view)]
    controls = _all_controls(rows) if rows[1:] else [_controls(rows[0])]
    how = " ".join([_HOW, *controls, *flags.few(view)])
    said = [
        how,
        *together,
        *notes,
        *_noisy(view),
        *_uneven(rows),
        *_jumps(view),
        *session_intervals.said(view),
    ]
    return Section("noise", title, said, tables=_by_session(rows), details=details)


def _controls(row: SessionNoise) -> str:
    """Say what the controls of the only session did."""
    return (
        f"Here {row.controls_apart} of {row.controls} differ, the widest by "
        f"{figures.percent(row.control_widest, 1)}, and {_disturbed(row)} of "
        f"{figures.count(row.rounds, 'round')} were disturbed."
    )


def _all_controls(rows: Sequence[SessionNoise]) -> list[str]:
    """Say whether more controls differ than chance explains, by the binomial distribution."""
    apart, count = sum(row.controls_apart for row in rows), sum(row.controls for row in rows)
    if not count:
        return []
    fewer = sum(
        exp(
            lgamma(count + 1)
            - lgamma(one + 1)
            - lgamma(count - one + 1)
            + one * log(_CHANCE)
            + (count - one) * log1p(-_CHANCE)
        )
        for one in range(apart)
    )
    said = "no more than chance" if 1 - fewer > _CHANCE else "more than chance explains"
    return [f"Here {apart:,} of {figures.count(count, 'control')} differ: {said}."]


def _by_session(rows: Sequence[SessionNoise]) -> list[Table]:
    """Return what the controls did in each of several sessions."""
    lines = [
        entries(
            str(row.session),
            figures.whole(row.rounds),
            f"{row.controls_apart} of {row.controls}",
            figures.percent(row.control_widest, 1),
            _disturbed(row),
        )
        for row in rows[:_SESSIONS]
    ]
    numbers = ("rounds", "controls that differ", "widest control", "disturbed rounds")
    columns = [Column("session"), *(Column(one, "right") for one in numbers)]
    more = f"{len(rows) - _SESSIONS:,} more sessions are on the page." if rows[_SESSIONS:] else ""
    return [Table("sessions", "A/A control by session", columns, lines, more)] * bool(rows[1:])


def _disturbed(row: SessionNoise) -> str:
    shown = figures.percent(row.contaminated)
    return f"{shown} (too many)" if _red(row) else shown


def _noisy(view: View) -> list[str]:
    """Say so where most comparisons have wide intervals."""
    found = [pair.flags for pair in flags.end_to_end_ratios(view)]
    noisy = sum("noisy" in one for one in found)
    if 2 * noisy <= len(found):
        return []
    return [
        f"This machine was noisy: {noisy:,} of {figures.count(len(found), 'comparison')} have wide "
        "intervals. Bind processes to cores (placement: together or apart) or use a quieter "
        "machine."
    ]


def slowest(rows: Sequence[SessionNoise]) -> SessionNoise | None:
    """Return the session whose slow rounds were the slowest, None where all were even."""
    known = [row for row in rows if row.pace is not None and row.pace < UNEVEN]
    return min(known, key=lambda row: row.pace or 0.0, default=None)


def _uneven(rows: Sequence[SessionNoise]) -> list[str]:
    """Say so where the machine ran fast and slow by turns, and whether its counters say why."""
    row = slowest(rows)
    if row is None:
        return []
    where = f" in session {row.session}" if rows[1:] else ""
    why = "" if _red(row) else " No counter says why; others may use the same physical cores."
    return [
        f"The machine ran fast and slow by turns{where}: all cells of a slow round together at "
        f"{figures.percent(row.pace)} of a fast round's rates.{why} Measure longer, at another "
        "time, or on a machine that nobody shares."
    ]


def _jumps(view: View) -> list[str]:
    """Say where a rate jumped between sessions though ratios held."""
    found = []
    for (python, transport, context), trials in view.trials.items():
        rates: dict[int, list[float]] = {}
        for one in trials:
            if one.rate and not one.control:
                rates.setdefault(one.session, []).append(one.rate)
        levels = [median(some) for some in rates.values() if len(some) >= _ENOUGH]
        if python == view.newest and len(levels) > 1 and max(levels) > _JUMP * min(levels):
            name = view.name("transport", transport)
            low, high = figures.scaled(min(levels)), figures.scaled(max(levels))
            where = f"{name} ({view.label(context)}) {low} to {high}"
            found.append((max(levels) / min(levels), where))
    found.sort(key=lambda one: (-one[0], one[1]))
    if not found:
        return []
    listed = "; ".join(where for _, where in found[:3])
    return [
        f"Rates moved between sessions, messages/s on Python {view.newest}: {listed}. Ratios are "
        "formed within rounds, so they move less."
    ]


def _red(row: SessionNoise) -> bool:
    return row.contaminated is not None and row.contaminated > CONTAMINATED


def _line(row: SessionNoise) -> list[Entry]:
    wholes = (row.session, row.rounds, row.trials, row.controls, row.controls_apart)
    return entries(
        row.machine,
        *(Entry(figures.whole(one), value=one) for one in wholes),
        Entry(figures.percent(row.control_widest, 1), value=row.control_widest),
        Entry(figures.decimal(row.spread, 3), value=row.spread),
        Entry(figures.percent(row.pace), value=row.pace),
        _contaminated(row),
        Entry(figures.percent(row.drifting), value=row.drifting),
        Entry(figures.decimal(row.foreign_cpu), value=row.foreign_cpu),
    )


def _contaminated(row: SessionNoise) -> Entry:
    shown = figures.percent(row.contaminated)
    if _red(row):
        return Entry(f"{shown} red", value=row.contaminated, tone="invalid")
    return Entry(shown, value=row.contaminated)
