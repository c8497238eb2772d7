"""The four functions of `import ipcmatrix`; see docs/python-api.md."""

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from runner.analysis.changes import compare as compare_findings
from runner.analysis.changes import parse_gate
from runner.errors import BadInputError, EnvironmentLacksError, IpcmatrixError
from runner.pipeline.ask import answer_to
from runner.pipeline.choosing import chosen
from runner.pipeline.report import findings_of
from runner.results import (
    Answer,
    CellSummary,
    Change,
    Changes,
    Comparison,
    Findings,
    Winner,
)
from runner.runfolder import columns, dataset

__all__ = [
    "Answer",
    "BadInputError",
    "CellSummary",
    "Change",
    "Changes",
    "Comparison",
    "EnvironmentLacksError",
    "Findings",
    "IpcmatrixError",
    "Run",
    "Winner",
    "analyse",
    "ask",
    "compare",
    "load",
]

Run = str | os.PathLike[str]
"""A run's folder, or the name of one in reports/ or reports/published/."""


def load(*runs: Run) -> pd.DataFrame:
    """Return every trial of the runs, one a row, with the columns of trials/*.csv.

    `run` is the run's id; sessions are numbered on over the runs. `attrs["units"]` has the unit of
    each column that has one, `attrs["meanings"]` what each is. BadInputError for what is no run
    folder or is damaged.
    """
    data = dataset.load(_folders(runs))
    ids = {place: str(run["run"]) for place, run in enumerate(data.runs)}
    frame = data.trials.assign(run=data.trials["run"].map(ids).astype("category"))
    frame.attrs["units"] = {one.name: one.unit for one in columns.TRIALS if one.unit}
    frame.attrs["meanings"] = {one.name: one.meaning for one in columns.TRIALS}
    return frame


def analyse(*runs: Run) -> Findings:
    """Return the typed results of the runs, sessions of one machine pooled: what a report says.

    Ratios are speeds without unit (1.28: 1.28 times the messages in the same time), formed inside
    rounds; docs/tables.md has the fields with their units. BadInputError as `load`, and for runs of
    one machine that were measured by different methods.
    """
    return findings_of(_folders(runs), quiet=True)


def compare(
    old: Run | Findings, new: Run | Findings, *, by: Sequence[str] = (), fail_on: str = ""
) -> Changes:
    """Return what changed from one run to another of the same machine.

    `by` names axes whose cells are also pooled; `fail_on` is a gate (`slower:5%`), which `outcome`
    judges. BadInputError where nothing can be compared.
    """
    before, after = _findings(old), _findings(new)
    names = (str(before.run["run"]), str(after.run["run"]))
    found = compare_findings(before, after, by, names=names)
    return parse_gate(fail_on).judge(found) if fail_on else found


def ask(situation: str = "", *, run: Run | Findings | None = None) -> Answer:
    """Return what to use in a situation: `ask("3.13 100kB 4 workers")`.

    The words are those of `ipcmatrix ask`; `run` is a run's folder, its name or its findings, else
    the newest in reports/. An answer that is not `measured` is that of the nearest measured
    combination. BadInputError for words that are not understood, and without a run.
    """
    return answer_to(_findings(run), situation.split())


def _folders(runs: Sequence[Run]) -> list[Path]:
    return [chosen(os.fspath(one)) for one in runs]


def _findings(run: Run | Findings | None) -> Findings:
    if isinstance(run, Findings):
        return run
    return findings_of([chosen(None if run is None else os.fspath(run))], quiet=True)
