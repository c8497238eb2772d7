"""How far the figures can be trusted: the A/A control, foreign CPU, drift and flags."""

from runner.report import figures, text
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.sections import flags, session_intervals
from runner.report.view import View
from runner.results import SessionNoise

_MISSING = "Nothing is known of the noise: no round was measured."
_NOTE = 600
_HOW = (
    "The baseline is entered twice in every block. The control is the same program: one whose "
    "interval excludes 1 shows what this machine does to a ratio."
)
_COLUMNS = (
    Column("machine"),
    Column("session", "right"),
    Column("rounds", "right"),
    Column("trials", "right"),
    Column("controls", "right"),
    Column("controls apart from 1", "right"),
    Column("widest control", "right"),
    Column("median spread", "right"),
    Column("contaminated rounds", "right"),
    Column("drifting ratios", "right"),
    Column("foreign CPU, cores", "right"),
)


CONTAMINATED = 0.30
"""Share of contaminated rounds above which a session is shown in red (docs/method.md §10)."""

_TOO_MANY = " Red: more than 30 % of its rounds are contaminated; measure on a quieter machine."


def noise(view: View) -> Section:
    """Return the noise floor of each session, and how often each flag was raised."""
    rows = view.findings.noise
    if not rows:
        return Section("noise", "Noise floor", missing=_MISSING)
    title = "Noise floor by session"
    tables = [
        Table("noise", title, _COLUMNS, [_line(row) for row in rows], heads=2),
        *flags.tables(view),
    ]
    notes = [text.line(note, _NOTE) for note in view.findings.notes]
    said = [*notes, _HOW, *(_verdict(row) for row in rows), *session_intervals.said(view)]
    return Section("noise", "Noise floor", said, pictures=["noise"], tables=tables)


def _verdict(row: SessionNoise) -> str:
    where = f"Session {row.session} on {row.machine}"
    apart = f"{row.controls_apart} of {figures.count(row.controls, 'control')}"
    lie = "lies" if row.controls_apart == 1 else "lie"
    furthest, share = figures.percent(row.control_widest, 1), figures.percent(row.contaminated)
    return (
        f"{where}: {apart} {lie} apart from 1 (5 % would by chance); the median furthest from "
        f"1, apart or not, is {furthest} off; {share} of "
        f"{figures.count(row.rounds, 'round')} contaminated{_signs(row)}."
        f"{_TOO_MANY if _red(row) else ''}"
    )


def _signs(row: SessionNoise) -> str:
    signs = (one.partition("=") for one in row.contaminated_by.split(";") if one)
    shares = [f"{name} {figures.percent(float(share))}" for name, _, share in signs]
    return f" ({', '.join(shares)})" if shares else ""


def _red(row: SessionNoise) -> bool:
    return row.contaminated is not None and row.contaminated > CONTAMINATED


def _line(row: SessionNoise) -> list[Entry]:
    wholes = (row.session, row.rounds, row.trials, row.controls, row.controls_apart)
    return entries(
        row.machine,
        *(Entry(figures.whole(one), value=one) for one in wholes),
        Entry(figures.percent(row.control_widest, 1), value=row.control_widest),
        Entry(figures.decimal(row.spread, 3), value=row.spread),
        _contaminated(row),
        Entry(figures.percent(row.drifting), value=row.drifting),
        Entry(figures.decimal(row.foreign_cpu), value=row.foreign_cpu),
    )


def _contaminated(row: SessionNoise) -> Entry:
    shown = figures.percent(row.contaminated)
    if _red(row):
        return Entry(f"{shown} red", value=row.contaminated, tone="invalid")
    return Entry(shown, value=row.contaminated)
