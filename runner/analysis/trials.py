"""What analysis is given, and the settings of the run that it reads."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from runner.model import AXES, Compare, Measure
from runner.runfolder.codes import Wholes, codes_of, combine
from runner.runfolder.columns import column_of

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class TrialTable(Protocol):
    """Trials, planned cells and run.json of one or more runs, as runfolder.dataset loads them."""

    @property
    def trials(self) -> pd.DataFrame:
        """The columns of columns.TRIALS, and `run`: the place of the row's run in `runs`."""
        ...

    @property
    def cells(self) -> pd.DataFrame:
        """`run`, the axes, `status` and `reason` as planned."""
        ...

    @property
    def runs(self) -> Sequence[Mapping[str, object]]:
        """The run.json of each run, parsed."""
        ...

    @property
    def truncated(self) -> Sequence[str]:
        """What is said of what is not whole: truncated ends of files, rounds that are missing."""
        ...

    @property
    def gaps(self) -> frozenset[tuple[str, str]]:
        """The machine and block of rounds that are missing."""
        ...


def cell_key(frame: pd.DataFrame) -> Wholes:
    """Return one number for each combination of the axes of trials."""
    return combine([codes_of(frame, column_of(axis)) for axis in AXES])


def known(figures: Floats) -> list[float | None]:
    """Return figures as results hold them: None where they are not finite."""
    return [one if math.isfinite(one) else None for one in figures.tolist()]


def precision(runs: Sequence[Mapping[str, object]]) -> float:
    """Return the half-width h that the first run aimed at, as a fraction."""
    return _setting(runs, "measure", "precision", Measure().precision)


def margin_of(runs: Sequence[Mapping[str, object]]) -> float:
    """Return the margin δ of the first run's `compare`."""
    return _setting(runs, "compare", "margin", Compare({}, {}).margin)


def gate_load(runs: Sequence[Mapping[str, object]]) -> float:
    """Return the CPU of others, in cores, above which a round counts as contaminated."""
    return _setting(runs, "measure", "gate_load", Measure().gate_load)


def _setting(runs: Sequence[Mapping[str, object]], part: str, name: str, default: float) -> float:
    section = runs[0].get(part) if runs else None
    value = section.get(name) if isinstance(section, Mapping) else None
    return float(value) if isinstance(value, int | float) else default


def baselines_of(runs: Sequence[Mapping[str, object]]) -> Mapping[str, str]:
    """Return the baseline on each axis, as the first run's `compare` names it."""
    section = runs[0].get("compare") if runs else None
    baseline = section.get("baseline") if isinstance(section, Mapping) else None
    if not isinstance(baseline, Mapping):
        return {}
    return {str(axis): str(value) for axis, value in baseline.items()}
