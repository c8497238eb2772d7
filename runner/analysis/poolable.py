"""Whether the runs of one report may be pooled: what refuses, and what is noted."""

from collections.abc import Mapping
from itertools import combinations

from runner.analysis.changes.likeness import likeness
from runner.analysis.trials import TrialTable
from runner.errors import BadInputError
from runner.model.environment_hash import mapping

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
    notes = []
    measured = dataset.trials[["run", "block"]].drop_duplicates()
    blocks = {int(str(run)): set(own) for run, own in measured.groupby("run")["block"]}
    for one, other in combinations(range(len(runs)), 2):
        same_machine = runs[one].get("machine") == runs[other].get("machine")
        if not same_machine or not blocks.get(one, set()) & blocks.get(other, set()):
            continue
        names = f"{_name(runs[one])} and {_name(runs[other])}"
        alike = likeness([runs[one]], [runs[other]])
        if alike.method:
            message = (
                f"the runs {names} measured the same blocks by different methods "
                f"({', '.join(alike.method)} differ), so they cannot be pooled: report each by "
                "itself, or give both to `ipcmatrix compare`"
            )
            raise BadInputError(message)
        builds = (f"Python {name} ({what})" for name, what in alike.interpreters.items())
        if differing := ", ".join((*alike.conditions, *builds)):
            notes.append(f"The runs {names} are pooled, though they differ in {differing}.")
    for part, name in SETTINGS:
        sections = [mapping(run, part) for run in runs]
        values = [str(one.get(name, "default")) for one in sections]
        if len(set(values)) > 1:
            notes.append(
                f"The runs differ in {part}.{name} ({', '.join(dict.fromkeys(values))}); this "
                f"report uses {values[0]}, that of {_name(runs[0])}."
            )
    return tuple(notes)


def _name(run: Run) -> str:
    return str(run.get("run", "without a name"))
