"""The cells that a comparison leaves out: why, and which of them it lost on the way."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from runner.analysis.changes.sides import CELL, ratios, with_own_axis
from runner.analysis.frames import rows
from runner.results import LeftOut

MEANT = ("", "excluded")
"""States of a cell of the old run in the new one that somebody chose: not planned, or excluded."""

UNMEASURED = ("ok", "planned")
"""States of a cell without a rate in which nothing went wrong: no round of it was measured."""

OLD_ONLY = "measured in the old run only"
NEW_ONLY = "measured in the new run only"
NEVER_COMPARED = "no ratio to the same baseline in both runs (it may be the baseline itself)"
NO_MORE_COMPARED = "compared with a baseline in the old run, and not with the same in the new"


def one_sided(
    old: tuple[pd.DataFrame, pd.DataFrame],
    new: tuple[pd.DataFrame, pd.DataFrame],
    both: pd.DataFrame,
) -> list[LeftOut]:
    """Return the measured cells that are not compared.

    `old` and `new` are the cells and the comparisons of a run, `both` what is
    compared. `lost` is true of what the old run had and the new one lacks, though it was
    to measure it: a gate has not seen such a cell.
    """
    merged = _measured(old[0], new[0])
    # `referred`: the cell has a ratio to a baseline in the old run.
    referring = with_own_axis(ratios(old[1]))[CELL].drop_duplicates().assign(referred=True)
    merged = merged.merge(referring, on=CELL, how="left")
    compared = merged[CELL].merge(both[CELL].drop_duplicates(), on=CELL, how="left", indicator="in")
    merged = merged[(compared["in"] == "left_only").to_numpy()].reset_index(drop=True)
    why = [
        _why(str(where), str(status), referred is True)
        for where, status, referred in zip(
            merged["where"], merged["status"], merged["referred"], strict=True
        )
    ]
    merged["reason"] = pd.Series([reason for reason, _ in why], dtype=object)
    merged["lost"] = pd.Series([lost for _, lost in why], dtype=bool)
    return rows(merged, LeftOut)


def _measured(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that either run measured: `where`, and `status` in the new run or ""."""
    sides = [frame.loc[frame["rate"].notna(), CELL] for frame in (old, new)]
    merged = sides[0].merge(sides[1], on=CELL, how="outer", indicator="where")
    merged = merged.merge(new[[*CELL, "status"]], on=CELL, how="left", validate="one_to_one")
    return merged.assign(status=merged["status"].astype(object).fillna(""))


def nothing_left(left_out: Sequence[LeftOut]) -> str:
    """Return why two runs of which nothing is compared cannot be, and what to do."""
    lost = [one for one in left_out if one.lost]
    if lost:
        return (
            "nothing to compare: the new run lacks what the old one has: "
            f"{reasons(lost)}; see the failures in the new run's report, fix what failed "
            "and measure it again"
        )
    why = f" ({reasons(left_out)})" if left_out else ""
    return (
        "nothing to compare: the runs share no cell with a ratio to the same baseline"
        f"{why}; measure the same matrix in both"
    )


def reasons(left_out: Sequence[LeftOut]) -> str:
    """Return each reason with the number of its cells, the most frequent first."""
    counts = Counter(one.reason for one in left_out)
    return "; ".join(
        f"{reason} ({number} {'cell' if number == 1 else 'cells'})"
        for reason, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    )


def _why(where: str, status: str, referred: bool) -> tuple[str, bool]:
    if where == "right_only":
        return NEW_ONLY, False
    if where == "left_only":
        lost = status not in MEANT
        became = "in no round of" if status in UNMEASURED else f"{status} in"
        return (f"{OLD_ONLY}; {became} the new" if status else OLD_ONLY), lost
    return (NO_MORE_COMPARED, True) if referred else (NEVER_COMPARED, False)
