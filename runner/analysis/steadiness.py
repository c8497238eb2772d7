"""Whether a cell came to a steady speed inside its trials, where they tell of their quarters."""

import numpy as np
import pandas as pd

from runner.analysis.trials import Flags, Floats, Wholes

APART = 0.05
"""A trial was not steady where its last half and its second quarter differ by more than this."""

OFTEN = 0.25
"""Share of the trials that were not steady, above which a cell is flagged (docs/method.md §3)."""


def not_steady(trials: pd.DataFrame, ok: Flags, number: Wholes, count: int) -> Flags:
    """Return of each group of trials whether too many were not steady; False where none tells.

    `number` is each trial's group. The first quarter is left out, as what follows the warm-up
    anyhow; of the last half it is the median of its two quarters, which is their mean.
    """
    moments = _moments(trials["quarter_seconds"])
    second = moments[:, 1] - moments[:, 0]
    last = (moments[:, 3] - moments[:, 1]) / 2
    known = ok & ~np.isnan(last)
    apart = np.maximum(second, last) > (1 + APART) * np.minimum(second, last)
    told = np.bincount(number, weights=known, minlength=count)
    return np.asarray(np.bincount(number, weights=known & apart, minlength=count) > OFTEN * told)


def _moments(column: "pd.Series[str]") -> Floats:
    """Return four moments of each trial as a row, NaN where it has none."""
    text = column.astype("category").cat
    rows = np.full((len(text.categories) + 1, 4), np.nan)
    for place, one in enumerate(text.categories):
        if one:
            rows[place] = [float(part) for part in str(one).split(";")]
    return np.asarray(rows[text.codes])  # the code of what is missing is -1, the last row
