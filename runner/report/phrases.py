"""Sentences and marks for comparisons, worded once for headlines, tables and the terminal."""

from collections.abc import Mapping
from types import MappingProxyType

from runner.report import figures
from runner.report.document import Entry
from runner.report.view import View
from runner.results import Comparison
from runner.statistics import FALSE_DISCOVERY_RATE

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
    "▲ faster, ▼ slower, = equal, ? open, or within x %: surely no further apart, ! no verdict"
)
LEGEND = (
    f"{VERDICTS_LEGEND}; in brackets the 95 % interval. An open one that excludes 1: among so "
    "many comparisons that is no claim. ‡: in more than 10 % of the rounds the two ran in "
    "different modes; †: in some, but fewer."
)
ROUNDS_MISSING = "rounds missing"
"""The flag of what rests on a block of which rounds were lost (docs/method.md §10)."""
ENOUGH_TO_FORECAST = 5
"""Sessions from which on a wide forecast is no longer one of too few (docs/method.md §9)."""
WIDEST_FORECAST = 2.0
"""The factor between the ends of a forecast above which a sentence leaves it to the tables."""
CONTROL_IN_RATES = (
    "A rate is the median of all trials of its cell, with the baseline's control; a ratio is the "
    "median of ratios inside rounds, so it is not the quotient of two rates."
)
MODES_LEGEND = " 1c, 2c: ran on one core, on two, by CPU over wall time; 1c+2c: both."


def compare(view: View, pair: Comparison, place: str) -> str:
    """Return one sentence that says which arm is faster, by how much, and how sure that is."""
    if pair.verdict == "slower":
        pair = pair.flipped()
    a, b = view.name(pair.compared_axis, pair.a), view.name(pair.compared_axis, pair.b)
    factor = figures.times(pair.span)
    match pair.verdict:
        case "faster":
            said = f"{a} is {factor} faster than {b} ({place})"
        case "equal":
            said = f"{a} and {b} are equally fast{_nevertheless(pair)}: {factor} ({place})"
        case "invalid":
            said = f"{a} against {b} has no verdict, the A/A control differs: {factor} ({place})"
        case _:
            known = f", equal {within}" if (within := _within(pair)) else ""
            said = f"{a} against {b} is not decided{known}: {factor} ({place})"
    return f"{said}{_basis(pair)}."


def certainly_apart(pair: Comparison) -> bool:
    """Return whether a ratio that lies within the margin is certainly not 1 (docs/method.md §5)."""
    certain = pair.verdict == "equal" and pair.q <= FALSE_DISCOVERY_RATE
    return certain and not pair.low <= 1 <= pair.high


def _nevertheless(pair: Comparison) -> str:
    if not certainly_apart(pair) or pair.ratio is None:
        return ""
    apart = figures.percent(max(pair.ratio, 1 / pair.ratio) - 1, 1)
    return f" within the margin, but differ by {apart}"


def _basis(pair: Comparison) -> str:
    """Say on how many sessions and rounds a comparison rests, and what else limits it."""
    sessions = "one session only" if pair.sessions <= 1 else figures.count(pair.sessions, "session")
    parts = [f"{sessions}, {figures.count(pair.rounds, 'round')}"]
    if pair.sessions > 1 and pair.tau is not None:
        parts.append(_scatter(pair.tau))
    parts += _forecast(pair)
    if pair.verdict == "open":
        parts.append(f"{_more(pair)} would decide")
    if said := MIXED.get(pair.modes):
        parts.append(said)
    if ROUNDS_MISSING in pair.flags:
        parts.append("rounds of its block are missing")
    return f"; {'; '.join(parts)}"


def _scatter(tau: float) -> str:
    """Say how far sessions differ; 0 is estimated often, and never means that they agree."""
    if tau == 0:
        return "no difference between the sessions beyond their noise"
    return f"between-session sd {figures.percent(tau, 1)}"


def _more(pair: Comparison) -> str:
    """Say what an open comparison lacks: of pooled sessions no number of rounds can be told."""
    if pair.rounds_needed is not None:
        return f"about {figures.whole(pair.rounds_needed)} rounds"
    return "more rounds" if pair.tau is None else "more sessions"


def _forecast(pair: Comparison) -> list[str]:
    """Say where the next session is expected, if that is worth saying: three rarely tell."""
    if pair.next_low is None or pair.next_high is None:
        return []
    if pair.next_high > WIDEST_FORECAST * pair.next_low:
        few = pair.sessions < ENOUGH_TO_FORECAST
        return ["too few sessions for a forecast" if few else "the next session may differ widely"]
    low, high = figures.ratio(pair.next_low), figures.ratio(pair.next_high)
    return [f"next session expected {low}–{high}"]


MIXED = {
    "mixed": "modes mixed: part of it may be one core against two",
    "partly mixed": "in a few rounds one core against two",
}
"""What a sentence says of arms that ran in different modes."""


def mark(pair: Comparison) -> str:
    """Return the sign of a verdict, and the one of mixed modes."""
    shown = _within(pair) if pair.verdict == "open" else ""
    return (shown or MARKS.get(pair.verdict, "?")) + modes_mark(pair.modes)


def _within(pair: Comparison) -> str:
    """Return within what the two are surely equal, by the 90 % interval; "" without one."""
    known = pair.equal_within
    return "" if known is None else f"within {figures.percent(known, 0 if known >= 0.1 else 1)}"


def modes_mark(modes: str) -> str:
    """Return the sign for arms that ran in different modes, with a space before it, or nothing."""
    return MODES_MARKS.get(modes, "")


def entry(pair: Comparison | None, note: str = "") -> Entry:
    """Return a table's cell: ratio, verdict mark, and the interval on a second line."""
    if pair is None:
        return Entry(figures.NOTHING)
    below = f"{figures.interval(pair.span)} {note}".strip()
    return Entry(f"{figures.ratio(pair.ratio)} {mark(pair)}", below, pair.ratio, pair.verdict)
