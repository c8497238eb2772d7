"""Each cell over many runs, and the tables that Apache Otava reads to find change points."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runner.analysis.cells import cells_frame
from runner.analysis.head_to_heads import head_to_heads
from runner.analysis.panels import blocks_of, complete_rounds
from runner.analysis.ratios import Settings, unit_ratios
from runner.analysis.trials import Dataset
from runner.model import AXES

COLUMNS = (
    "machine",
    *AXES,
    "time",  # when the run's first measured round of the machine began, RFC 3339, UTC
    "run",  # the run's id
    "rate",  # messages/s: moves with the machine's load
    "ratio",  # to the reference of its block in the family `transport`; NaN for the reference
    "reference",
    "cpu_per_message",  # s
)
METRICS = ("rate", "ratio", "cpu_per_message")


@dataclass(frozen=True, slots=True)
class _OneRun:
    """The part of a dataset that one run holds."""

    trials: pd.DataFrame
    cells: pd.DataFrame
    runs: tuple[Mapping[str, object], ...]
    torn: tuple[str, ...] = ()
    gaps: frozenset[tuple[str, str]] = frozenset()


def history(dataset: Dataset) -> pd.DataFrame:
    """Return COLUMNS: one row for each measured cell of each run, runs in the order of time."""
    parts = [_of_run(dataset, place) for place in range(len(dataset.runs))]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    return frame.sort_values(["time", "run"], kind="stable", ignore_index=True)


def _of_run(dataset: Dataset, place: int) -> pd.DataFrame:
    run = dataset.runs[place]
    trials = dataset.trials[(dataset.trials["run"] == place).to_numpy()]
    cells = dataset.cells[(dataset.cells["run"] == place).to_numpy()].assign(run=0)
    complete = complete_rounds(trials)
    measured = cells_frame(_OneRun(trials, cells, (run,)), complete)
    measured = measured[measured["rate"].notna()]
    frame = measured.merge(_ratios(complete), on=["machine", *AXES], how="left")
    times = complete.groupby(complete["machine"].astype(object))["started"].agg(_earliest)
    frame["time"] = frame["machine"].map(times)
    frame["run"] = str(run.get("run", place))
    return frame[list(COLUMNS)]


def _earliest(started: "pd.Series[str]") -> str:
    return min(map(str, started.unique()))


def _ratios(complete: pd.DataFrame) -> pd.DataFrame:
    """Return each cell's ratio to its reference in the family `transport`."""
    blocks = blocks_of(complete, {})
    pairs = head_to_heads(unit_ratios(blocks, Settings()), blocks, 0.03)
    own = pairs["to_reference"].astype(bool) & ~pairs["twin"].astype(bool)
    pairs = pairs[own & (pairs["clock"] == "fair") & (pairs["family"] == "transport")]
    pairs = pairs.assign(transport=pairs["a"], reference=pairs["b"])
    return pairs[["machine", *AXES, "ratio", "reference"]]


def otava_tables(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return one table for each cell of a history: `time`, the attribute `run`, and metrics.

    The key is a name fit for a file: write each as `NAME.csv`, and name the columns in otava.yaml
    as time_column, attributes and metrics. A metric that a run of the cell lacks is left out, for
    Otava reads nothing but numbers there.
    """
    tables: dict[str, pd.DataFrame] = {}
    for key, group in frame.groupby(["machine", *AXES], sort=False):
        whole = [name for name in METRICS if np.isfinite(group[name].to_numpy(np.float64)).all()]
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", "_".join(map(str, key)))
        while name in tables:
            name += "-"
        tables[name] = group[["time", "run", *whole]].reset_index(drop=True)
    return tables
