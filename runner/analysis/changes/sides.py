"""The comparable ratios of two runs, side by side: each cell to the same baseline in both."""

import numpy as np
import pandas as pd

from runner.analysis.trials import Floats
from runner.model import AXES
from runner.statistics import WIDTH_IN_SD, t_quantile
from runner.statistics.series import MEDIAN_SD

KEYS = ["machine", "compared_axis", *AXES, "a", "b"]
CELL = ["machine", *AXES]

LOADED = "contaminated"
"""The flag of a ratio that other programs disturbed, as `series.DIAGNOSTICS` names it."""


def both_sides(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the ratios to a baseline that both runs have, columns ending in `_old` and `_new`.

    One row for each cell and compared axis; `log`, `variance` (of one session's sampling, or of the
    pooled estimate), `sampling` (the variance from the rounds only), `sessions`, `rounds`,
    `ratio`, `verdict`, `modes`, `loaded` (whether it is flagged as contaminated) of either side,
    the cell's own axes, and `baseline`. Of a side with too few rounds for an interval,
    `variance` is NaN.
    """
    sides = [ratios(frame) for frame in (old, new)]
    merged: pd.DataFrame = sides[0].merge(
        sides[1], on=KEYS, suffixes=("_old", "_new"), validate="one_to_one"
    )
    return with_own_axis(merged)


def with_own_axis(frame: pd.DataFrame) -> pd.DataFrame:
    """Return comparisons by their cell `a`: its value is on its axis, and b is `baseline`."""
    result = frame.rename(columns={"b": "baseline"})
    for axis in AXES:
        at = result["compared_axis"] == axis
        if axis == "workers":
            own = pd.to_numeric(result["a"].where(at, "0")).astype("int64")
            result[axis] = result[axis].where(~at, own)
        else:
            result[axis] = result[axis].where(~at, result["a"])
    del result["a"]
    return result


def ratios(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Return a run's ratios to baselines by end-to-end time, controls left out: see both_sides."""
    own = comparisons["to_baseline"].astype(bool) & ~comparisons["control"].astype(bool)
    frame = comparisons[own & (comparisons["clock"] == "end_to_end")]
    frame = frame[frame["ratio"].notna()]
    names = [*KEYS, "ratio", "rounds", "sessions", "verdict", "modes", "tau", "spread"]
    result: pd.DataFrame = frame[names].copy()
    result["loaded"] = [LOADED in flags for flags in frame["flags"]]
    result["log"] = np.log(frame["ratio"])
    result["variance"] = _variance(frame)
    result["sampling"] = (MEDIAN_SD * frame["spread"]) ** 2 / frame["rounds"]
    return result


def _variance(frame: pd.DataFrame) -> Floats:
    """Return the squared standard error of the 95 % interval of ln ratio, or NaN."""
    low, high = frame["low"].to_numpy(np.float64), frame["high"].to_numpy(np.float64)
    bounded = (low > 0) & np.isfinite(high)
    width = np.log(np.where(bounded, high, np.nan)) - np.log(np.where(bounded, low, np.nan))
    divisors = [
        WIDTH_IN_SD if np.isnan(tau) else 2 * t_quantile(0.975, max(1, int(sessions) - 1))
        for sessions, tau in zip(frame["sessions"], frame["tau"], strict=True)
    ]
    return np.asarray((width / np.array(divisors)) ** 2)
