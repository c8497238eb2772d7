"""The ratio in each mode of a free cell: who is split, and over which trials."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from runner.analysis import analyse
from runner.results import ModeRatio
from tests.statistics.simulator import exact, loaded

ROUNDS = 60


def trials(crowded: Sequence[str] = ("pipe",), **shared: object) -> pd.DataFrame:
    """Return rounds of queue, its control and pipe, of which some run crowded in 60 %.

    Crowded a trial has 1.35 cores and half the speed; pipe is 1.2 times as fast as queue crowded,
    and 0.8 times where it is spread. Arms that have one mode have 1.6 cores.
    """
    rng = np.random.default_rng(1)
    logs, cores = {}, {}
    for name in ("queue", "control", "pipe"):
        modes = name.replace("control", "queue") in crowded
        low = rng.random(ROUNDS) < 0.6 if modes else np.zeros(ROUNDS, dtype=np.bool_)
        slow = np.where(low, -0.69, 0.0) if modes else np.full(ROUNDS, -0.35)
        gain = np.where(low, np.log(1.2), np.log(0.8)) if name == "pipe" else 0.0
        logs[name] = slow + gain + rng.normal(0, 0.05, ROUNDS)
        middle = np.where(low, 1.35, 1.95) if modes else np.full(ROUNDS, 1.6)
        cores[name] = middle + rng.normal(0, 0.03, ROUNDS)
    arms = {name: logs[name].tolist() for name in ("queue", "pipe")}
    made = exact(arms, logs["control"].tolist(), **shared)
    arm = np.where(made["control"] == 1, "control", made["transport"])
    used = [cores[name][number - 1] for name, number in zip(arm, made["round"], strict=True)]
    return made.assign(cpu_seconds=made["seconds"] * used)


def found(made: pd.DataFrame) -> list[ModeRatio]:
    return list(analyse(loaded(made)).modes)


def test_trials_of_one_mode_are_compared_with_the_same_of_the_other_cell() -> None:
    crowded, spread = found(trials(("pipe", "queue")))
    assert (crowded.mode, spread.mode) == ("crowded", "spread")
    assert {(one.a, one.b, one.compared_axis) for one in (crowded, spread)} == {
        ("pipe", "queue", "transport")
    }
    assert crowded.ratio == pytest.approx(1.2, rel=0.03)
    assert spread.ratio == pytest.approx(0.8, rel=0.03)
    assert 1.15 < crowded.low < crowded.high < 1.26
    assert crowded.cores_a == pytest.approx(1.35, abs=0.02)
    assert spread.cores_b == pytest.approx(1.95, abs=0.02)
    # The baseline's trials are its control's too.
    assert crowded.trials_a + spread.trials_a == ROUNDS
    assert crowded.trials_b + spread.trials_b == 2 * ROUNDS


def test_the_share_of_the_time_has_a_binomial_interval() -> None:
    crowded, spread = found(trials(("pipe", "queue")))
    assert crowded.share_a is not None
    assert crowded.share_a == crowded.trials_a / ROUNDS
    assert crowded.share_a_low is not None
    assert crowded.share_a_high is not None
    assert 0.4 < crowded.share_a_low < 0.6 < crowded.share_a_high < 0.75
    assert spread.share_a == pytest.approx(1 - crowded.share_a)
    assert spread.share_a_high == pytest.approx(1 - crowded.share_a_low)


def test_a_cell_of_one_mode_is_compared_whole() -> None:
    crowded, spread = found(trials())
    assert crowded.trials_b == spread.trials_b == 2 * ROUNDS
    assert (crowded.share_b, crowded.cores_b) == (None, None)
    assert crowded.ratio == pytest.approx(1.2 * np.exp(-0.34), rel=0.03)
    turned = crowded.flipped()
    assert (turned.a, turned.share_a, turned.share_b) == ("queue", None, crowded.share_a)
    assert turned.ratio == pytest.approx(1 / (crowded.ratio or 0))
    assert turned.trials_a == crowded.trials_b


def test_bound_cells_and_those_of_one_mode_have_no_ratio_by_mode() -> None:
    assert found(trials(("pipe", "queue"), placement="apart")) == []
    assert found(trials(())) == []


def test_disturbed_rounds_have_no_say_in_the_modes() -> None:
    """A program beside it takes a core in a third of the rounds: then pipe has 1.35 cores."""
    made = trials(())
    hogged = made["round"] % 3 == 0
    made["cpu_seconds"] *= np.where(hogged, 1.35 / 1.6, 1.0)
    made["foreign_cpu"] = np.where(hogged, 0.9, 0.05)
    assert found(made) == []
    assert found(made.assign(foreign_cpu=0.05))


def test_of_two_placements_only_the_free_one_is_split() -> None:
    free = trials()
    free = free[free["transport"] == "pipe"]
    apart = free.assign(placement="apart", trial=2)
    both = pd.concat([free.assign(placement="free", trial=1), apart], ignore_index=True)
    both = both.assign(compared_axis="placement", block="placement-pipe", round_size=2)
    both["seconds"] = np.where(both["placement"] == "apart", 0.05, both["seconds"])
    crowded, spread = found(both.sort_values(["round", "trial"], ignore_index=True))
    assert {(one.a, one.b) for one in (crowded, spread)} in (
        {("apart", "free")},
        {("free", "apart")},
    )
    assert (crowded.share_a is None) != (crowded.share_b is None)
    assert (crowded.placement, crowded.transport) == ("", "pipe")


def test_a_cells_trials_in_all_its_blocks_say_together_whether_it_has_two_modes() -> None:
    made = trials()
    few = made.loc[made["round"] <= 11]
    assert found(few) == []
    more = made.loc[(made["round"] > 11) & (made["transport"] == "pipe")]
    more = more.assign(
        block="placement-pipe", compared_axis="placement", trial=1, round_size=1
    ).assign(round=more["round"] - 11)
    both = pd.concat([few, more], ignore_index=True)
    crowded, spread = found(both)
    assert {(one.a, one.b, one.compared_axis) for one in (crowded, spread)} == {
        ("pipe", "queue", "transport")
    }
    assert crowded.trials_a + spread.trials_a == 11
    assert crowded.trials_b == spread.trials_b == 22
    assert crowded.share_a == pytest.approx(0.6, abs=0.15)
