"""The comparable ratios of two runs, side by side: each cell to the same reference in both."""

import numpy as np
import pandas as pd

from runner.analysis.trials import Floats
from runner.model import AXES
from runner.statistics import WIDTH_IN_SD, t_quantile

KEYS = ["machine", "family", *AXES, "a", "b"]
CELL = ["machine", *AXES]

LOADED = "contaminated"
"""The flag of a ratio that others had a hand in, as `series.SIGNS` names it."""

MEDIAN_SD = 1.2533
"""The sd of a median of N normal values is 1.2533 sd / √N."""


def both_sides(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the ratios to a reference that both runs have, columns ending in `_old` and `_new`.

    One row for each cell and family; `log`, `variance` (of one sitting's sampling, or of the
    pooled estimate), `sampling` (the variance that the rounds alone give), `sittings`, `rounds`,
    `ratio`, `verdict`, `modes`, `loaded` (whether it is flagged as contaminated) of either side,
    the cell's own axes, and `reference`. Of a side with too few rounds for an interval,
    `variance` is NaN.
    """
    sides = [ratios(frame) for frame in (old, new)]
    merged: pd.DataFrame = sides[0].merge(
        sides[1], on=KEYS, suffixes=("_old", "_new"), validate="one_to_one"
    )
    return with_own_axis(merged)


def with_own_axis(frame: pd.DataFrame) -> pd.DataFrame:
    """Return comparisons by their cell `a`: its value stands on its axis, and b is `reference`."""
    result = frame.rename(columns={"b": "reference"})
    for axis in AXES:
        at = result["family"] == axis
        if axis == "workers":
            own = pd.to_numeric(result["a"].where(at, "0")).astype("int64")
            result[axis] = result[axis].where(~at, own)
        else:
            result[axis] = result[axis].where(~at, result["a"])
    del result["a"]
    return result


def ratios(head_to_heads: pd.DataFrame) -> pd.DataFrame:
    """Return a run's ratios to references by the fair clock, twins left out: see both_sides."""
    own = head_to_heads["to_reference"].astype(bool) & ~head_to_heads["twin"].astype(bool)
    frame = head_to_heads[own & (head_to_heads["clock"] == "fair")]
    frame = frame[frame["ratio"].notna()]
    names = [*KEYS, "ratio", "rounds", "sittings", "verdict", "modes", "tau", "spread"]
    result: pd.DataFrame = frame[names].copy()
    result["loaded"] = [LOADED in flags for flags in frame["flags"]]
    result["log"] = np.log(frame["ratio"])
    result["variance"] = _variance(frame)
    result["sampling"] = (MEDIAN_SD * frame["spread"]) ** 2 / frame["rounds"]
    return result


def _variance(frame: pd.DataFrame) -> Floats:
    """Return the squared standard error that the 95 % interval of ln ratio stands for, or NaN."""
    low, high = frame["low"].to_numpy(np.float64), frame["high"].to_numpy(np.float64)
    bounded = (low > 0) & np.isfinite(high)
    width = np.log(np.where(bounded, high, np.nan)) - np.log(np.where(bounded, low, np.nan))
    divisors = [
        WIDTH_IN_SD if np.isnan(tau) else 2 * t_quantile(0.975, max(1, int(sittings) - 1))
        for sittings, tau in zip(frame["sittings"], frame["tau"], strict=True)
    ]
    return np.asarray((width / np.array(divisors)) ** 2)
