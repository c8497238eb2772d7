"""Marks of rounds that other programs disturbed, of the trials as a frame."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from runner.analysis.trials import Floats
from runner.runfolder.codes import Wholes
from runner.statistics.disturbance import FIGURES, marks_of


def marks_in(trials: pd.DataFrame, round_of: Wholes, gate_load: float) -> Mapping[str, Floats]:
    """Return for each mark whether the rounds show it; rounds are numbered from 0.

    All trials of a round say the same of the machine: its first is asked.
    """
    timed_out = np.bincount(round_of, weights=(trials["status"] == "timeout").to_numpy()) > 0
    first = np.empty(len(timed_out), dtype=np.int64)
    first[round_of[::-1]] = np.arange(len(round_of))[::-1]
    figures = {name: trials[name].to_numpy(dtype=np.float64)[first] for name in FIGURES}
    return marks_of(figures, timed_out.astype(np.float64), gate_load)
