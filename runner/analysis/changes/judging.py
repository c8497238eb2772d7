"""How far each cell moved against its baseline from one run to another, and what is certain."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runner.analysis.changes.likeness import Likeness
from runner.analysis.trials import Floats
from runner.statistics import (
    MAD_TO_SD,
    Interval,
    benjamini_hochberg,
    normal_quantile,
    normal_tail,
    verdict,
)

BETWEEN_SESSIONS = 0.019
"""sd of ln ratio between sessions on one machine, as measured in six (docs/method.md)."""

ENOUGH_SESSIONS = 5
"""Sessions on either side from which on their own scatter is trusted instead."""

ENOUGH_CELLS = 10
"""Comparisons from which on their scatter around the common change is looked at."""

TOO_FEW_ROUNDS = "too few rounds"
"""The mark of a change of which a side has no interval."""

OTHER_MODE, OTHER_LOAD = "other mode", "other load"
"""Marks of a change between other circumstances: see `same_circumstances`."""

FORBIDDING = (TOO_FEW_ROUNDS, OTHER_MODE, OTHER_LOAD)
"""Marks of changes that are no part of a group."""

COLUMNS = ("ratio", "low", "high", "p", "q", "verdict")


@dataclass(frozen=True, slots=True)
class Scatter:
    """How far a ratio moves between sessions for no reason: sd of the logarithm."""

    tau: float

    def variance(self, table: pd.DataFrame) -> Floats:
        """Return the variance of each change: sampling of both sides, and their sessions."""
        sides = [
            self._side(
                table[f"variance_{end}"].to_numpy(),
                table[f"sampling_{end}"].to_numpy(),
                table[f"sessions_{end}"].to_numpy(),
            )
            for end in ("old", "new")
        ]
        return np.asarray(sides[0] + sides[1])

    def shared(self, table: pd.DataFrame) -> Floats:
        """Return the part of the variance that all cells of a session may have in common."""
        old, new = table["sessions_old"].to_numpy(), table["sessions_new"].to_numpy()
        return np.asarray(self.tau**2 * (1 / old + 1 / new))

    def _side(self, variance: Floats, sampling: Floats, sessions: Floats) -> Floats:
        """A few sessions may agree by luck: never less than scatter and sampling make together."""
        between = self.tau**2 / sessions
        several = np.maximum(variance, between + sampling)
        return np.where(sessions > 1, several, variance + between)


def scatter(table: pd.DataFrame) -> Scatter:
    """Return the scatter between sessions that the changes are judged by.

    With fewer than five sessions on a side it cannot be seen in them, and is at least 1.9 %. It
    is no less than the median of what the sessions themselves show, nor, over ten comparisons and
    more, than what the changes scatter beyond their sampling around the median of their transport:
    a transport that changed as a whole is no scatter. Rows without an interval are left out.
    """
    table = table[bounded(table)]
    if table.empty:
        return Scatter(BETWEEN_SESSIONS)
    least = min(int(table["sessions_old"].min()), int(table["sessions_new"].min()))
    seen = pd.concat([table["tau_old"], table["tau_new"]]).dropna()
    candidates = [0.0 if least >= ENOUGH_SESSIONS else BETWEEN_SESSIONS]
    candidates += [float(seen.median())] if len(seen) else []
    if len(table) >= ENOUGH_CELLS:
        candidates.append(_beyond_sampling(table))
    return Scatter(max(candidates))


def _beyond_sampling(table: pd.DataFrame) -> float:
    """Return the scatter of the changes around their transports' medians that sampling leaves."""
    change = table["log_new"] - table["log_old"]
    groups = change.groupby(table["transport"])
    rest = (change - groups.transform("median")).to_numpy()
    freedom = len(table) / max(1, len(table) - groups.ngroups)
    sd = MAD_TO_SD * float(np.median(np.abs(rest))) * math.sqrt(freedom)
    sampling = float(np.median(table["variance_old"] + table["variance_new"]))
    shares = float(np.median(1 / table["sessions_old"] + 1 / table["sessions_new"]))
    return math.sqrt(max(0.0, sd**2 - sampling) / shares)


def bounded(table: pd.DataFrame) -> "pd.Series[bool]":
    """Return which rows have an interval on both sides: the others had too few rounds."""
    return table["variance_old"].notna() & table["variance_new"].notna()


def judged(table: pd.DataFrame, variance: Floats, margin: float) -> pd.DataFrame:
    """Return `ratio` (new over old), `low`, `high`, `p`, `q`, `verdict` for each row's `change`.

    Normal intervals of the difference of two independent logs; BH over the rows with a variance.
    A row whose variance is NaN is `open`, and NaN but for its ratio.
    """
    known = ~np.isnan(variance)
    found = _judged(table[known], variance[known], margin).reindex(table.index)
    return found.assign(
        **{str(name): table[name] for name in table},
        ratio=np.exp(table["change"]),
        verdict=found["verdict"].where(known, "open"),
    )


def _judged(table: pd.DataFrame, variance: Floats, margin: float) -> pd.DataFrame:
    change, sd = table["change"].to_numpy(), np.sqrt(variance)
    ps = [normal_tail(float(z)) for z in change / sd]
    qs = benjamini_hochberg(ps)
    wide, narrow = (_around(change, sd, level) for level in (0.95, 0.90))
    words = [
        verdict(broad, tight, q, margin) for broad, tight, q in zip(wide, narrow, qs, strict=True)
    ]
    return table[[]].assign(
        low=[math.exp(one.low) for one in wide],
        high=[math.exp(one.high) for one in wide],
        p=ps,
        q=qs,
        verdict=np.array(words, dtype=object),
    )


def _around(change: Floats, sd: Floats, level: float) -> Sequence[Interval]:
    reach = normal_quantile((1 + level) / 2) * sd
    return [
        Interval(float(middle), float(middle - one), float(middle + one))
        for middle, one in zip(change, reach, strict=True)
    ]


def marks(table: pd.DataFrame, alike: Likeness) -> list[tuple[str, ...]]:
    """Return what a reader must know of each change."""
    modes = zip(table["modes_old"], table["modes_new"], strict=True)
    moved = (table["mode_old"] != table["mode_new"]).tolist()
    busier = (table["loaded_old"] != table["loaded_new"]).tolist()
    known = bounded(table).tolist()
    return [
        (
            *(f"method: {name}" for name in alike.method),
            *(["other environment"] if alike.environments else []),
            *([f"interpreter: {build}"] if (build := alike.interpreters.get(python)) else []),
            *modes_marks(sides),
            *([OTHER_MODE] if other else []),
            *([OTHER_LOAD] if load else []),
            *([] if has_interval else [TOO_FEW_ROUNDS]),
        )
        for python, sides, other, load, has_interval in zip(
            table["python"], modes, moved, busier, known, strict=True
        )
    ]


def modes_marks(sides: Sequence[str]) -> list[str]:
    """Return the mark of ratios whose arms ran in different modes in some of the rounds."""
    if "mixed" in sides:
        return ["mixed modes"]
    return ["partly mixed modes"] if "partly mixed" in sides else []


def held_back(table: pd.DataFrame, alike: Likeness) -> "pd.Series[str]":
    """Return the verdicts, but for what forbids one.

    `invalid` where the method differs or a run's own control made the block invalid; `open`
    where the circumstances changed: see `same_circumstances`.
    """
    words = table["verdict"].where(same_circumstances(table), "open")
    invalid = (table["verdict_old"] == "invalid") | (table["verdict_new"] == "invalid")
    return words.where(~(invalid | bool(alike.method)), "invalid")


def same_circumstances(table: pd.DataFrame) -> "pd.Series[bool]":
    """Return where the cell ran on as many cores, and under load in both runs or in neither.

    A scheduler's mode is no change of the cell, and ratios depend on load: 1.27 on the calmest
    third of a stream's rounds, 1.42 on its busiest (docs/adr/0014).
    """
    modes = table["mode_old"] == table["mode_new"]
    return modes & (table["loaded_old"] == table["loaded_new"])
