"""What analysis is given, and the settings of the run that it reads."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from runner.model import AXES, Compare, Measure
from runner.runfolder.columns import column_of

Floats = npt.NDArray[np.float64]
Wholes = npt.NDArray[np.int64]
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


def axis_codes(frame: pd.DataFrame, name: str) -> Wholes:
    """Return whole numbers that sort as the column's values do: category codes or the values."""
    series = frame[name]
    if isinstance(series.dtype, pd.CategoricalDtype):
        return np.asarray(series.cat.codes, dtype=np.int64)
    if series.dtype.kind in "iub":
        return np.asarray(series, dtype=np.int64)
    codes, _ = pd.factorize(series, sort=True)
    return np.asarray(codes, dtype=np.int64)


def combine(keys: Sequence[Wholes]) -> Wholes:
    """Return one number for each combination of keys, from 0, sorting as the keys in order."""
    result = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        span = int(key.max()) + 1 if len(key) else 1
        if len(result) and int(result.max()) >= (1 << 62) // max(span, 1):
            result = np.unique(result, return_inverse=True)[1].astype(np.int64)
        result = result * span + key
    return result


def dense(key: Wholes) -> tuple[Wholes, Wholes]:
    """Return each key's number from 0, in sorted order, and the first row of every number."""
    # By hash, and only the few that differ sorted: of 10^6 trials four times as fast as unique.
    codes, found = pd.factorize(key)
    order = np.argsort(found)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    first = np.empty(len(order), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(key))[::-1]
    return place[codes], first[order]


def cell_key(frame: pd.DataFrame) -> Wholes:
    """Return one number for each combination of the axes of trials."""
    return combine([axis_codes(frame, column_of(axis)) for axis in AXES])


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
