"""How many comparisons with the baseline are decided: the last lines of a run, and its JSON."""

from collections.abc import Mapping, Sequence

from runner.report import figures
from runner.report.sections.noise import slowest
from runner.report.view import View
from runner.results import Comparison, Findings

DECIDED = ("faster", "slower")
PLACEMENTS: Mapping[str, bool] = {"bound to cores": True, "not bound": False}
"""How the placements are called, and whether the processes of all cells are bound."""


def compared(findings: Findings) -> list[Comparison]:
    """Return the comparisons with a baseline that a report gives a verdict."""
    return [one for one in findings.comparisons if one.of_report and one.to_baseline]


def counts(found: Sequence[Comparison]) -> dict[str, int]:
    """Return how many there are, and how many of each kind: the three add up.

    Decided is what is faster or slower after correction for many comparisons. What has no verdict
    since its A/A control differs is open.
    """
    decided = sum(one.verdict in DECIDED for one in found)
    equal = sum(one.verdict == "equal" for one in found)
    rest = len(found) - decided - equal
    return {"total": len(found), "decided": decided, "equal": equal, "open": rest}


def lines(findings: Findings) -> list[str]:
    """Return the counts in words, all together and by placement where there are both."""
    found = compared(findings)
    if not found:
        return []
    margin = figures.percent(findings.margin)
    said = [f"{figures.count(len(found), 'comparison')} with the baseline: {_words(found, margin)}"]
    parts = {name: [one for one in found if one.bound is is_] for name, is_ in PLACEMENTS.items()}
    if all(parts.values()):
        said += [f"  {len(part):,} {name}: {_words(part, margin)}" for name, part in parts.items()]
    view = View(findings)
    if count := sum(bool(view.by_mode(one)) for one in found):
        said.append(
            f"  {count} of them in two modes, crowded and spread: the report has both ratios"
        )
    if row := slowest(findings.noise):
        said.append(
            "the machine ran fast and slow by turns, slow rounds at "
            f"{figures.percent(row.pace)} of a fast one's rates"
        )
    return said


def _words(found: Sequence[Comparison], margin: str) -> str:
    known = counts(found)
    return (
        f"{known['decided']} decided, {known['equal']} equal within {margin}, "
        f"{known['open']} undecided"
    )


def as_json(findings: Findings) -> dict[str, object]:
    """Return the counts, those by placement, and each comparison with its interval.

    `by_mode` holds its ratios crowded and spread where the kernel ran it in two modes.
    """
    found, view = compared(findings), View(findings)
    return {
        **counts(found),
        "bound": counts([one for one in found if one.bound]),
        "free": counts([one for one in found if not one.bound]),
        "each": [
            {
                "block": one.block,
                "compared_axis": one.compared_axis,
                "option": one.a,
                "baseline": one.b,
                "bound": one.bound,
                "verdict": one.verdict,
                "ratio": one.ratio,
                "low": one.low if one.span.bounded else None,
                "high": one.high if one.span.bounded else None,
                "equal_within": one.equal_within,
                "rounds": one.rounds,
                "by_mode": {
                    row.mode: {"ratio": row.ratio, "low": row.low, "high": row.high}
                    for row in view.by_mode(one)
                },
            }
            for one in found
        ],
    }
