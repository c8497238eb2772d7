"""Marks for comparisons, worded once for tables, pictures and the terminal."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from runner.report import figures
from runner.report.document import Entry
from runner.results import Comparison, Crossover, ModeRatio

MARKS: Mapping[str, str] = MappingProxyType(
    {
        "faster": "▲",
        "equal": "=",
        "slower": "▼",
        "open": "?",
        "invalid": "!",
    }
)
MODES_MARKS: Mapping[str, str] = MappingProxyType({"mixed": " ‡", "partly mixed": " †"})
VERDICTS_LEGEND = (
    "▲ faster, ▼ slower, = equal, ? undecided (within x %: they differ by no more), ! no verdict"
)
LEGEND = (
    f"{VERDICTS_LEGEND}; in brackets the 95 % interval. An interval that excludes 1 can be "
    "undecided: not significant after correcting for the number of comparisons. ‡: in more than "
    "10 % of the rounds the two ran in different modes; †: in some, but fewer."
)
CONTROL_IN_RATES = (
    "A rate is the median of all trials of its cell, including the baseline's control; a ratio is "
    "the median of ratios inside rounds, so it is not the quotient of two rates."
)
MODES_LEGEND = " 1c, 2c: ran on one core, on two, by CPU over wall time; 1c+2c: both."


SHORT_LEGEND = "▲ faster, ▼ slower, = equal, ? undecided"


def brief(pair: Comparison | Crossover | None) -> Entry:
    """Return a cell of a short table: the ratio and one mark."""
    if pair is None or pair.ratio is None:
        return Entry(figures.NOTHING)
    shown = f"{pair.ratio:.2f}" if 0.01 <= pair.ratio < 0.1 else figures.ratio(pair.ratio)
    return Entry(
        f"{shown} {MARKS.get(pair.verdict, '?')}",
        value=pair.ratio,
        tone=pair.verdict,
    )


BY_MODE_LEGEND = (
    "Two numbers: first with the processes crowded on the same cores, then spread over more; see "
    "Placement on cores."
)


def by_mode(rows: Sequence[ModeRatio]) -> Entry:
    """Return a cell of a short table for a comparison that has a ratio in each mode."""
    return Entry(" and ".join(figures.ratio(row.ratio) for row in rows))


def share_of_time(row: ModeRatio, a: str, b: str) -> Entry:
    """Return how often each of the two that has two modes was in this one: 59–70 %, below Pipe."""
    spans = ((a, row.share_a_low, row.share_a_high), (b, row.share_b_low, row.share_b_high))
    known = [(name, low, high) for name, low, high in spans if low is not None]
    shares = ", ".join(f"{100 * low:.0f}–{figures.percent(high)}" for _, low, high in known)
    return Entry(shares, ", ".join(name for name, _, _ in known))


def direction(pair: Comparison | Crossover | None) -> int | None:
    """Return 1 where `a` is decided to be faster, -1 slower, 0 equal, None where it is open."""
    verdict = pair.verdict if pair is not None else ""
    return {"faster": 1, "slower": -1, "equal": 0}.get(verdict)


def mark(pair: Comparison) -> str:
    """Return the sign of a verdict, and the one of mixed modes."""
    return MARKS.get(pair.verdict, "?") + modes_mark(pair.modes)


def modes_mark(modes: str) -> str:
    """Return the sign for arms that ran in different modes, with a space before it, or nothing."""
    return MODES_MARKS.get(modes, "")


def entry(pair: Comparison | None, note: str = "") -> Entry:
    """Return a table's cell: ratio, verdict mark, and the interval on a second line."""
    if pair is None:
        return Entry(figures.NOTHING)
    within = ""
    if pair.verdict == "open" and (known := pair.equal_within) is not None:  # by 90 %
        within = f"within {figures.percent(known, 0 if known >= 0.1 else 1)}"
    below = " ".join(one for one in (figures.interval(pair.span), within, note) if one)
    return Entry(f"{figures.ratio(pair.ratio)} {mark(pair)}", below, pair.ratio, pair.verdict)
