"""Whether the runs of one report may be pooled: what refuses, and what is noted."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import pandas as pd

from runner.analysis.comparison.likeness import Likeness, likeness
from runner.analysis.trials import TrialTable
from runner.errors import BadInputError

Run = Mapping[str, object]

SETTINGS = (("compare", "margin"), ("measure", "precision"), ("measure", "gate_load"))
"""Settings that a report has one of: the first run's."""


def notes_on(dataset: TrialTable) -> tuple[str, ...]:
    """Return what a reader must know of runs that are read as sessions of one another.

    BadInputError where two runs of one machine measured the same block by different methods: a
    session of another method is no replication.
    """
    runs = dataset.runs
    if len(runs) < 2:
        return ()
    return (*_unlike(runs, _blocks(dataset.trials)), *_settings(runs))


def _blocks(trials: pd.DataFrame) -> Mapping[int, set[str]]:
    """Return the blocks that each run measured."""
    pairs = trials[["run", "block"]].drop_duplicates()
    found: dict[int, set[str]] = {}
    for run, block in zip(pairs["run"].tolist(), pairs["block"].tolist(), strict=True):
        found.setdefault(int(run), set()).add(str(block))
    return found


def _unlike(runs: Sequence[Run], blocks: Mapping[int, set[str]]) -> Iterator[str]:
    for one, other in combinations(range(len(runs)), 2):
        same_machine = runs[one].get("machine") == runs[other].get("machine")
        if not same_machine or not blocks.get(one, set()) & blocks.get(other, set()):
            continue
        names = f"{_name(runs[one])} and {_name(runs[other])}"
        alike = likeness([runs[one]], [runs[other]])
        if alike.method:
            message = (
                f"the runs {names} measured the same blocks by different methods "
                f"({', '.join(alike.method)} differ): they are no sessions of one another; report "
                "each alone, or give both to `ipcmatrix compare`"
            )
            raise BadInputError(message)
        if differing := _differing(alike):
            yield f"The runs {names} are pooled, though they differ in {differing}."


def _differing(alike: Likeness) -> str:
    builds = [f"Python {name} ({what})" for name, what in alike.interpreters.items()]
    return ", ".join((*alike.conditions, *builds))


def _settings(runs: Sequence[Run]) -> Iterator[str]:
    """Tell of each setting in which the runs differ whose is used."""
    for part, name in SETTINGS:
        values = [_value(run, part, name) for run in runs]
        if len(set(map(str, values))) > 1:
            told = ", ".join(dict.fromkeys(str(value) for value in values))
            yield (
                f"The runs differ in {part}.{name} ({told}); this report uses {values[0]}, that of "
                f"{_name(runs[0])}."
            )


def _value(run: Run, part: str, name: str) -> object:
    section = run.get(part)
    return section.get(name, "default") if isinstance(section, Mapping) else "default"


def _name(run: Run) -> str:
    return str(run.get("run", "without a name"))
