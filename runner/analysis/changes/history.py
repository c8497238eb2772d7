"""Each cell over many runs, and the tables that Apache Otava reads to find change points."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from runner.analysis.blocks import complete_rounds
from runner.analysis.cells import cells_of
from runner.analysis.comparisons import comparisons_of
from runner.analysis.trials import TrialTable
from runner.model import AXES
from runner.results import HistoryPoint

METRICS = ("rate", "ratio", "cpu_per_message")


@dataclass(frozen=True, slots=True)
class _OneRun:
    """The part of a dataset that one run holds."""

    trials: pd.DataFrame
    cells: pd.DataFrame
    runs: tuple[Mapping[str, object], ...]
    truncated: tuple[str, ...] = ()
    gaps: frozenset[tuple[str, str]] = frozenset()


def history(dataset: TrialTable) -> list[HistoryPoint]:
    """Return each measured cell of each run, runs in the order of time."""
    found = [one for place in range(len(dataset.runs)) for one in _of_run(dataset, place)]
    return sorted(found, key=lambda one: (one.time, one.run))


def _of_run(dataset: TrialTable, place: int) -> Iterator[HistoryPoint]:
    """Yield a run's cells with their ratios to the baseline in the compared axis `transport`."""
    run = dataset.runs[place]
    trials = dataset.trials[(dataset.trials["run"] == place).to_numpy()]
    cells = dataset.cells[(dataset.cells["run"] == place).to_numpy()].assign(run=0)
    own = _OneRun(trials, cells, (run,))
    complete = complete_rounds(trials)
    started = complete.groupby(complete["machine"].astype(object))["started"].agg(
        lambda texts: min(map(str, texts.unique()))
    )
    ratios = {
        one.cell(one.a): one
        for one in comparisons_of(own)
        if one.of_report and one.to_baseline and one.compared_axis == "transport"
    }
    for cell in cells_of(own, complete):
        if cell.rate is not None:
            found = ratios.get(cell.place)
            yield HistoryPoint(
                machine=cell.machine,
                **{axis: getattr(cell, axis) for axis in AXES},
                time=started[cell.machine],
                run=str(run.get("run", place)),
                rate=cell.rate,
                ratio=found.ratio if found else None,
                baseline=found.b if found else "",
                cpu_per_message=cell.cpu_per_message,
            )


def otava_tables(points: Sequence[HistoryPoint]) -> dict[str, list[list[object]]]:
    """Return a table for each cell of a history, its header first: `time`, `run`, and metrics.

    The key is a name fit for a file: write each as `NAME.csv`, and name the columns in otava.yaml
    as time_column, attributes and metrics. A metric that a run of the cell lacks is left out, for
    Otava reads nothing but numbers there.
    """
    cells: dict[tuple[object, ...], list[HistoryPoint]] = {}
    for one in points:
        cells.setdefault(one.place, []).append(one)
    tables: dict[str, list[list[object]]] = {}
    for key, group in cells.items():
        whole = [name for name in METRICS if all(getattr(one, name) is not None for one in group)]
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", "_".join(map(str, key)))
        while name in tables:
            name += "-"
        columns = ["time", "run", *whole]
        lines = [[getattr(one, column) for column in columns] for one in group]
        tables[name] = [list[object](columns), *lines]
    return tables
