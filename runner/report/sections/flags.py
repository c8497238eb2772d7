"""What each flag means, how often it was raised, and load-dependent ratios by tercile of load."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from runner.report import figures
from runner.report.document import Column, Entry, Table, entries
from runner.report.view import View
from runner.results import Comparison

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "noisy": "robust spread of the within-round log-ratios above 0.15",
        "outliers": "more than 5 % of the rounds lie far from the median, or any very far",
        "fragile": "the verdict changes without the outliers",
        "bimodal": "the trials fall in two groups, each at least 15 %",
        "bimodal ratio": "the ratios fall in two groups, each at least 15 %",
        "drift": "the ratio moved during the session",
        "load-dependent": "the ratio depends on the CPU that others used; see the table by load",
        "order effect": "it matters which of the two ran first",
        "contaminated": "other programs disturbed more than 30 % of the rounds",
        "loaded": "too few undisturbed rounds: the ratio is that of all rounds",
        "control": "the A/A control's interval excludes 1: suspect",
        "suspect": "the A/A control's interval excludes 1",
        "not steady": "a JIT's speed still changed inside more than 25 % of the trials",
        "estimators differ": "the Hodges–Lehmann estimate lies outside the median's half-width",
        "rounds missing": "rounds of its block were measured and are not in the trials",
        "missing": "more than 10 % of the rounds are lost",
        "unreliable": "more than 10 % of the rounds are lost",
        "mixed modes": "the two ran in different modes in more than 10 % of the rounds",
    }
)
"""What each flag means. Flags never delete data."""

_SHOWN = 40
"""Load-dependent ratios that a report shows; tables/ has them all."""

_LOADS = (
    Column("ratio"),
    Column("where"),
    Column("all rounds", "right"),
    Column("calmest third", "right"),
    Column("between", "right"),
    Column("busiest third", "right"),
)


_FEW = 8


def few(view: View) -> list[str]:
    """Say which diagnostics fired, the most frequent first; the page has what each means."""
    ratios = end_to_end_ratios(view)
    counted = _counts([one.flags for one in ratios]).most_common(_FEW)
    if not counted:
        return []
    said = ", ".join(f"{flag} {number:,}" for flag, number in counted)
    return [
        f"Warnings, of {figures.count(len(ratios), 'comparison')} (meanings: on the page, Flags): "
        f"{said}."
    ]


def tables(view: View) -> list[Table]:
    """Return how often each flag was raised, and what load-dependent ratios depend on."""
    return [*_counted(view), *_by_load(view)]


def _counted(view: View) -> list[Table]:
    cells = _counts([row.flags for row in view.measured.values()])
    ratios = end_to_end_ratios(view)
    pairs = _counts([one.flags for one in ratios])
    found = sorted(set(cells) | set(pairs))
    if not found:
        return []
    lines = [
        entries(
            flag,
            Entry(figures.whole(cells[flag]), value=cells[flag]),
            Entry(figures.whole(pairs[flag]), value=pairs[flag]),
            FLAGS.get(flag, ""),
        )
        for flag in found
    ]
    columns = [
        Column("flag"),
        Column(f"of {figures.count(len(view.measured), 'cell')}", "right"),
        Column(f"of {figures.count(len(ratios), 'ratio')} to the baseline", "right"),
        Column("meaning"),
    ]
    return [Table("flags", "Flags", columns, lines)]


def end_to_end_ratios(view: View) -> list[Comparison]:
    """Return the ratios to the baselines by end-to-end time, controls left out."""
    return [pair for pair in view.pairs if pair.clock == "end_to_end" and pair.to_baseline]


def _counts(raised: Iterable[Sequence[str]]) -> Counter[str]:
    return Counter(flag for flags in raised for flag in flags)


def _by_load(view: View) -> list[Table]:
    """Show the ratios to the baseline that depend on the load, furthest apart first."""
    dependent = [pair for pair in end_to_end_ratios(view) if pair.load_calm and pair.load_busy]
    if not dependent:
        return []
    dependent.sort(key=lambda pair: (-_apart(pair), pair.block, pair.a))
    left = len(dependent) - _SHOWN
    note = "Terciles of the CPU that others used before the round, in each session."
    if left > 0:
        note += f" {left:,} more are in tables/."
    lines = [_line(view, pair) for pair in dependent[:_SHOWN]]
    title = "Load-dependent ratios, by load tercile"
    return [Table("load-terciles", title, _LOADS, lines, note, heads=2)]


def _apart(pair: Comparison) -> float:
    calm, busy = pair.load_calm or 1.0, pair.load_busy or 1.0
    return max(calm / busy, busy / calm)


def _line(view: View, pair: Comparison) -> list[Entry]:
    other = (
        view.name("transport", pair.transport) if pair.compared_axis == "python" else pair.python
    )
    a, b = view.name(pair.compared_axis, pair.a), view.name(pair.compared_axis, pair.b)
    found = (pair.ratio, pair.load_calm, pair.load_between, pair.load_busy)
    return entries(
        Entry(f"{a} to {b}", link=view.link(pair)),
        f"{other}, {view.label(pair.context)}",
        *(Entry(figures.ratio(one), value=one) for one in found),
    )
