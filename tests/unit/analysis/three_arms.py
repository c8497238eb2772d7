"""A block of three transports, and its ratios taken by hand."""

from typing import Any

import numpy as np
import pandas as pd

from runner.analysis import comparisons_of
from runner.statistics.estimating import Estimate, estimates
from tests.rows import table
from tests.statistics.simulator import Arm, Loaded


def free(values: list[float]) -> Estimate:
    """Return the estimate of a comparison whose processes are not bound to cores."""
    return estimates(np.array([values]), bound=False)[0]


THREE = [Arm("pipe"), Arm("pipe", control=True), Arm("queue", -0.2), Arm("simple_queue", -0.1)]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def ratios_of(data: Loaded, margin: float | None = None) -> pd.DataFrame:
    """Return the comparisons as a frame, flags joined by ;."""
    found = table(comparisons_of(data, margin))
    return found.assign(flags=[";".join(flags) for flags in found["flags"]])


def fair(frame: pd.DataFrame, a: str, b: str, control: bool = False) -> Any:
    own = frame[(frame["clock"] == "end_to_end") & (frame["a"] == a) & (frame["b"] == b)]
    (row,) = own[own["control"] == control].itertuples(index=False)
    return row


def log_ratios(trials: pd.DataFrame, a: str, b: str) -> list[float]:
    own = trials[trials["control"] == 0].assign(log=np.log(trials["messages"] / trials["seconds"]))
    wide = own.pivot_table(index=["session", "round"], columns="transport", values="log")
    return [float(value) for value in wide[a] - wide[b]]
