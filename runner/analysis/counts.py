"""Cells that moved fewer messages than the block that they were compared in."""

import numpy as np
import pandas as pd

from runner.analysis.ragged import Groups
from runner.analysis.trials import MESSAGES, Flags, Wholes, axis_codes, combine, dense
from runner.model import AUTO

FEWER = 0.95
"""Share of the block's messages; the jitter of a round is the same for all of its cells."""


def fewer_messages(trials: pd.DataFrame, ok: Flags, cell: Wholes, count: int) -> Flags:
    """Return which of `count` cells moved fewer messages than their block's shared count.

    A cell that is too slow for the count of its block's median cell moves as many as it can in
    `slowest` targets; `cell` holds the number of each trial's cell. Fixed counts are left out.
    """
    counted = ok & (trials[MESSAGES] == AUTO).to_numpy()
    messages = np.where(counted, trials["messages"].to_numpy(dtype=np.float64), np.nan)
    names = ("machine", "sitting", "block", "round")
    rounds, heads = dense(combine([axis_codes(trials, name) for name in names]))
    most = np.zeros(len(heads))
    np.maximum.at(most, rounds, np.nan_to_num(messages))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = messages / most[rounds]
    member, first = dense(combine([cell, axis_codes(trials, "block")]))
    lowered = Groups(member, len(first)).median(share) < FEWER
    result = np.zeros(count, dtype=np.bool_)
    result[cell[first[lowered]]] = True
    return result
