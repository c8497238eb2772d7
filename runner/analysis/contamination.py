"""Marks of rounds that other programs disturbed, of the trials as a frame."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from runner.analysis.trials import Floats
from runner.runfolder.codes import Wholes
from runner.statistics.disturbance import FIGURES, marks_of


def marks_in(trials: pd.DataFrame, round_of: Wholes, gate_load: float) -> Mapping[str, Floats]:
    """Return for each trial and mark whether its round shows it; rounds are numbered from 0."""
    figures = {name: trials[name].to_numpy(dtype=np.float64) for name in FIGURES}
    timed_out = (trials["status"] == "timeout").to_numpy()
    in_round = np.bincount(round_of, weights=timed_out)[round_of] > 0
    return marks_of(figures, in_round.astype(np.float64), gate_load)
