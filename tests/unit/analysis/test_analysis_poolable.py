"""Runs of one report: pooled where they are alike, noted or refused where they are not."""

from typing import Any

import pandas as pd
import pytest

from runner.analysis import analyse
from runner.errors import BadInputError
from tests.statistics.simulator import Loaded, exact, loaded

OLD = {
    "run": "r1",
    "machine": "m1",
    "harness": "aa",
    "executor": "local",
    "measure": {"target": 0.08, "precision": 0.05},
    "compare": {"margin": 0.03},
    "interpreters": {"3.11": {"version": "3.11.7"}},
}


def both(payload: str = "int", **head: Any) -> Loaded:
    """Return two runs, the second with other entries in its head."""
    one = loaded(exact({"pipe": [0.0] * 20, "queue": [-0.2] * 20}))
    arms = {"pipe": [0.0] * 20, "queue": [-0.3] * 20}
    two = loaded(exact(arms, session=2, payload=payload))
    two.trials["run"] = two.cells["run"] = 1
    trials = pd.concat([one.trials, two.trials], ignore_index=True)
    cells = pd.concat([one.cells, two.cells], ignore_index=True)
    return Loaded(trials, cells, [OLD, {**OLD, "run": "r2", **head}])


def test_runs_that_are_alike_are_pooled_without_a_word() -> None:
    found = analyse(both())
    assert found.notes == ()
    assert {one.sessions for one in found.comparisons} == {2}


def test_runs_of_another_method_are_refused_by_name() -> None:
    with pytest.raises(BadInputError, match=r"r1 and r2 .*\(harness differ\)"):
        analyse(both(harness="bb"))
    with pytest.raises(BadInputError, match=r"measure\.target differ"):
        analyse(both(measure={"target": 0.04, "precision": 0.05}))


def test_other_methods_on_other_blocks_are_nobodys_session() -> None:
    assert analyse(both(payload="dict", harness="bb")).notes == ()


def test_other_conditions_are_noted() -> None:
    other: dict[str, Any] = {"executor": "docker", "interpreters": {"3.11": {"version": "3.11.9"}}}
    (note,) = analyse(both(**other)).notes
    assert note == (
        "The runs r1 and r2 are pooled, though they differ in executor, Python 3.11 (version)."
    )


def test_the_settings_that_are_used_are_named_where_runs_differ() -> None:
    found = analyse(both(compare={"margin": 0.1}))
    assert found.margin == 0.03
    assert found.notes == (
        "The runs differ in compare.margin (0.03, 0.1); this report uses 0.03, that of r1.",
    )
