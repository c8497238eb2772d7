"""Are figures of this machine believable? Identical copies and a known difference, judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import pandas as pd

from runner.analysis.blocks import complete_rounds
from runner.analysis.selftest.blocks import blockwise
from runner.analysis.selftest.figures import (
    Figure,
    contrasts,
    copies_figures,
    detection_figures,
)
from runner.analysis.selftest.series import sessions_of
from runner.errors import BadInputError
from runner.runfolder.columns import unescape

__all__ = ["EFFECT", "Figure", "Selftest", "selftest"]

EFFECT = 0.05
"""The injected difference."""


@dataclass(frozen=True, slots=True)
class Selftest:
    """The figures, and the same trials analysed as blocks: the negative control.

    `blocks` has the columns of blocks.COLUMNS; `spread` is the median s_r of the copies' pairs;
    `rounds` counts all sessions'.
    """

    figures: Sequence[Figure]
    blocks: pd.DataFrame
    spread: float
    sessions: int
    rounds: int

    @property
    def held(self) -> bool:
        """Return whether no figure fails; one that was not asked does not fail."""
        return all(figure.held is not False for figure in self.figures)


def selftest(
    trials: pd.DataFrame, injected: str, gate_load: float, effect: float = EFFECT
) -> Selftest:
    """Return the figures of a self-test's trials, which are of one placement.

    `trials` has the columns of columns.TRIALS: the arms of one block have as `transport` the names
    of the identical copies, and `injected`, which really moved 1 + effect times the `messages`
    that it is credited with, so that every copy is 1 + effect times as fast as it. Controls,
    incomplete rounds, and rounds with a trial that is not ok are left out. BadInputError where
    fewer than three copies or six rounds are left.
    """
    series = [one for one in sessions_of(complete_rounds(trials), gate_load) if len(one.logs) >= 6]
    arms = sorted({name for one in series for name in one.arms})
    copies = [name for name in arms if name != injected]
    if len(copies) < 3 or any(injected not in one.arms for one in series):
        message = (
            "the self-test has too few trials to judge: it needs six complete rounds of three "
            f"copies and of {injected} in every session; {_troubles(trials)}, then run it again"
        )
        raise BadInputError(message)
    found = contrasts(series, copies)
    figures = (
        *copies_figures(series, copies, found),
        *detection_figures(series, copies, injected, effect),
    )
    return Selftest(
        figures=figures,
        blocks=blockwise(series, copies),
        spread=median(one.spread for one in found),
        sessions=len(series),
        rounds=sum(len(one.logs) for one in series),
    )


def _troubles(trials: pd.DataFrame) -> str:
    """Return what went wrong first, or what to give where nothing did."""
    wrong = trials[trials["status"] != "ok"]
    if wrong.empty:
        return "ask for more rounds (--rounds)"
    first = wrong.iloc[0]
    lines = unescape(str(first["detail"])).strip().splitlines()
    reason = f": {lines[-1]}" if lines else ""
    how_many = f"{len(wrong)} of {len(trials)} trials went wrong"
    return f"{how_many}, the first was {first['status']}{reason}; mend that"
