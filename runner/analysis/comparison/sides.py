"""The comparable ratios of two runs, side by side: each cell to the same reference in both."""

import numpy as np
import pandas as pd

from runner.analysis.trials import Floats
from runner.intervals import t_quantile
from runner.intervals.sittings import WIDTH_IN_SD
from runner.model import AXES

KEYS = ["machine", "family", *AXES, "a", "b"]
CELL = ["machine", *AXES]

MEDIAN_SD = 1.2533
"""The sd of a median of N normal values is 1.2533 sd / √N."""


def both_sides(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the ratios to a reference that both runs have, columns ending in `_old` and `_new`.

    One row for each cell and family; `log`, `variance` (of one sitting's sampling, or of the
    pooled estimate), `sampling` (the variance that the rounds alone give), `sittings`, `rounds`,
    `ratio`, `verdict`, `modes` of either side, the cell's own axes, and `reference`.
    """
    sides = [_ratios(frame) for frame in (old, new)]
    merged: pd.DataFrame = sides[0].merge(
        sides[1], on=KEYS, suffixes=("_old", "_new"), validate="one_to_one"
    )
    merged = merged.rename(columns={"b": "reference"})
    for axis in AXES:
        at = merged["family"] == axis
        if axis == "workers":
            own = pd.to_numeric(merged["a"].where(at, "0")).astype("int64")
            merged[axis] = merged[axis].where(~at, own)
        else:
            merged[axis] = merged[axis].where(~at, merged["a"])
    del merged["a"]
    return merged


def _ratios(head_to_heads: pd.DataFrame) -> pd.DataFrame:
    own = head_to_heads["to_reference"].astype(bool) & ~head_to_heads["twin"].astype(bool)
    frame = head_to_heads[own & (head_to_heads["clock"] == "fair")]
    frame = frame[(frame["low"] > 0) & np.isfinite(frame["high"])]
    names = [*KEYS, "ratio", "rounds", "sittings", "verdict", "modes", "tau", "spread"]
    result: pd.DataFrame = frame[names].copy()
    result["log"] = np.log(frame["ratio"])
    result["variance"] = _variance(frame)
    result["sampling"] = (MEDIAN_SD * frame["spread"]) ** 2 / frame["rounds"]
    return result


def _variance(frame: pd.DataFrame) -> Floats:
    """Return the squared standard error that the 95 % interval of ln ratio stands for."""
    width = np.log(frame["high"].to_numpy(np.float64)) - np.log(frame["low"].to_numpy(np.float64))
    divisors = [
        WIDTH_IN_SD if np.isnan(tau) else 2 * t_quantile(0.975, max(1, int(sittings) - 1))
        for sittings, tau in zip(frame["sittings"], frame["tau"], strict=True)
    ]
    return np.asarray((width / np.array(divisors)) ** 2)


def one_sided(old: pd.DataFrame, new: pd.DataFrame, both: pd.DataFrame) -> pd.DataFrame:
    """Return the measured cells that are not compared: machine, axes and the reason.

    `old` and `new` are frames findings.CELLS.
    """
    measured = [frame.loc[frame["rate"].notna(), CELL] for frame in (old, new)]
    merged = measured[0].merge(measured[1], on=CELL, how="outer", indicator="where")
    where = merged.pop("where").astype(str)
    compared = merged.merge(both[CELL].drop_duplicates(), on=CELL, how="left", indicator="in")
    missing = (compared.pop("in") == "left_only").to_numpy()
    reasons = {
        "left_only": "measured in the old run alone",
        "right_only": "measured in the new run alone",
        "both": "no ratio to the same reference in both runs (it may be the reference itself)",
    }
    merged["reason"] = [reasons[side] for side in where]
    return merged[missing].reset_index(drop=True)
