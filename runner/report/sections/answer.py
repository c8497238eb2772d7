"""What to use: the table by situation, and the picture of the finding."""

import re
from collections.abc import Sequence
from math import log

from runner.report import figures, finding, phrases
from runner.report.document import Column, Section, Table, entries, two_lines
from runner.report.situations import Situation
from runner.report.view import View

_NOTHING = "Nothing was measured. `ipcmatrix run` measures; `ipcmatrix plan` says what it would."
_OPEN = (
    "More rounds or sessions decide (--budget, --sessions), and so do processes bound to cores "
    "(placement: together or apart) or a quieter machine."
)
_LONG = 24
"""Letters of a transport's name that fit on one line beside three other columns."""


def answer(view: View) -> Section:
    """Return the table by situation."""
    if view.base is None:
        return Section("answer", "What to use", missing=_NOTHING)
    return Section("answer", "What to use", [], pictures=["forest"], tables=[*by_situation(view)])


def by_situation(view: View) -> list[Table]:
    """Return the table by situation, remarks on second lines so that it fits GitHub's width.

    Nothing where no transports were compared.
    """
    found = finding.find(view)
    if not found.situations:
        return []
    lines = [
        entries(
            two_lines(row.when.rsplit(", ", 1)),
            two_lines(
                re.split(r" (?=\()", row.use, maxsplit=1) if len(row.use) > _LONG else [row.use]
            )._replace(tone="advised" if row.advised else ""),
            two_lines(row.instead)._replace(value=row.pair.ratio if row.pair else None),
            two_lines(row.sure.parts),
        )
        for row in found.situations
    ]
    columns = [
        Column("If you…"),
        Column("use"),
        Column(f"instead of {found.baseline} ({found.python})", "right"),
        Column("how sure"),
    ]
    margin = figures.percent(view.findings.margin)
    note = (
        f"1.2× means 1.2 times as many messages per second as {found.baseline}. "
        f"Brackets: 95 % confidence interval. Differences under {margin} count as equal."
    )
    note += _other_pythons(view, found.situations)
    unjudged = "; ".join(
        f"{view.name('transport', best.a)} for {row.short}: {figures.ratio(best.ratio)}×"
        for row in (each for one in found.situations for each in one.each or (one,))
        if (best := row.sure.unjudged)
    )
    if unjudged:
        note += f" Not judged, for the A/A control measured with it differs: {unjudged}."
    undecided = sum(row.sure.kind in ("undecided", "no") for row in found.situations)
    if 2 * undecided > len(found.situations):
        note += f" {_OPEN}"
    return [Table("situations", "", columns, lines, note)]


def _other_pythons(view: View, rows: Sequence[Situation]) -> str:
    """Say where a decided row is otherwise on another Python: the newest whose interval is apart.

    Of all rows the two on the newest Pythons, of these those that differ most.
    """
    said: list[tuple[int, float, str]] = []
    for row in rows:
        pair = row.pair
        if pair is None or not row.short or not pair.ratio or phrases.direction(pair) is None:
            continue
        older = [one for one in view.pythons if one != view.newest]
        for place, python in enumerate(reversed(older)):
            other = view.transport_pairs(python, pair.context).get(pair.a, pair.b)
            if other and other.ratio and (other.high < pair.low or pair.high < other.low):
                name = view.name("transport", pair.a)
                words = f"{name} for {row.short} on {python}: {figures.ratio(other.ratio)}×"
                said.append((place, -abs(log(other.ratio / pair.ratio)), words))
                break
    said.sort()
    return f" Other Pythons differ: {'; '.join(words for *_, words in said[:2])}." * bool(said)
