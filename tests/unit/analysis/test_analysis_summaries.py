"""Winners, crossovers, noise, drift and the seeds' table: what is told over many cells."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flat_rates import flat
from three_arms import rng

from runner.analysis import analyse, seeds_table
from runner.analysis.pairs import Pair
from tests.statistics.simulator import QUIET, Arm, block, exact, loaded

# winners


def winner(**arms: float) -> Any:
    return winner_of({name: flat(value, 40) for name, value in arms.items()})


def winner_of(logs: dict[str, list[float]]) -> Any:
    first = next(iter(logs))
    found = analyse(loaded(exact(logs, twin=logs[first])))
    (row,) = found.winners.itertuples(index=False)
    return row


def test_the_fastest_wins_and_the_next_is_named_with_its_ratio() -> None:
    found = winner(pipe=0.0, queue=-0.3, simple_queue=0.2)
    assert found.winners == ("simple_queue",)
    assert found.runner_up == "pipe"
    assert found.runner_up_ratio == pytest.approx(math.exp(0.2))
    assert found.runner_up_low <= found.runner_up_ratio <= found.runner_up_high
    assert found.decided
    assert found.best_rate == pytest.approx(math.exp(0.202), rel=0.01)


def test_equals_of_the_fastest_win_with_it() -> None:
    found = winner(pipe=0.0, queue=0.01, simple_queue=-0.3)
    assert found.winners == ("queue", "pipe")
    assert found.runner_up == "simple_queue"
    assert found.decided


def test_an_open_comparison_leaves_the_winner_undecided() -> None:
    arms = {"pipe": flat(0.0, 8), "queue": [-0.5, 0.5] * 4}
    found = analyse(loaded(exact(arms, twin=flat(0.0, 8)))).winners
    assert found["decided"].tolist() == [False]


def test_bounds_of_what_is_possible_never_win() -> None:
    found = winner(pipe=0.0, os_pipe=2.0, thread_queue=1.0, queue=-0.5)
    assert found.winners == ("pipe",)
    assert found.runner_up == "queue"


def split(*parts: dict[str, list[float]], reference: list[float]) -> Any:
    """Return the winners of a block whose arms were measured in parts with a common reference."""
    frames = [exact({"pipe": reference} | part, twin=reference) for part in parts]
    for number, frame in enumerate(frames, 1):
        frame["block"] = f"transport-3.11/{number}"
    (row,) = analyse(loaded(*frames)).winners.itertuples(index=False)
    return row


def test_the_parts_of_a_block_have_one_winner() -> None:
    first, second = {"queue": flat(0.3, 40)}, {"simple_queue": flat(0.1, 40)}
    for parts in ((first, second), (second, first)):
        found = split(*parts, reference=flat(0.0, 40))
        assert found.winners == ("queue",)
        assert found.runner_up == "simple_queue"
        assert found.runner_up_ratio == pytest.approx(math.exp(0.2))
        assert found.decided
        assert found.compared == 3


def test_a_lead_by_way_of_the_reference_is_as_uncertain_as_its_two_halves() -> None:
    wide = [0.3 + 0.05 * (i % 5 - 2) for i in range(40)]
    direct = winner_of({"pipe": flat(0.0, 40), "queue": wide})
    halved = split({"queue": wide}, {"simple_queue": wide}, reference=flat(0.0, 40))
    width = math.log(direct.runner_up_high / direct.runner_up_low)
    found = math.log(halved.runner_up_high / halved.runner_up_low)
    assert found == pytest.approx(width * math.sqrt(2))


def test_arms_that_never_met_are_not_called_equal() -> None:
    found = split({"queue": flat(0.3, 40)}, {"simple_queue": flat(0.3, 40)}, reference=flat(0, 40))
    assert len(found.winners) == 1
    assert found.runner_up_ratio == pytest.approx(1.0)
    assert not found.decided


def test_a_part_whose_twin_differs_decides_nothing_by_way_of_the_reference() -> None:
    part = exact({"pipe": flat(0.0, 40), "queue": flat(0.3, 40)}, twin=flat(0.5, 40))
    other = exact({"pipe": flat(0.0, 40), "simple_queue": flat(-0.5, 40)}, twin=flat(0.0, 40))
    for number, frame in enumerate((part, other), 1):
        frame["block"] = f"transport-3.11/{number}"
    (row,) = analyse(loaded(part, other)).winners.to_dict("records")
    assert (row["winners"], row["decided"]) == (("queue",), False)
    alone = Pair("m", "b", {}, "queue", "pipe", 1.3, 1.2, 1.4, "invalid", "same")
    sound = alone._replace(a="simple_queue", verdict="slower", ratio=0.6, low=0.5, high=0.7)
    assert {alone.over(sound).verdict, sound.over(alone).verdict} == {"invalid"}
    assert sound._replace(ratio=2.0, low=1.9, high=2.1).over(sound).verdict == "faster"


def test_a_winner_tells_in_which_modes_it_was_compared() -> None:
    logs = {"pipe": flat(0.0, 40), "queue": flat(-0.5, 40)}
    trials = exact(logs, twin=logs["pipe"])
    assert analyse(loaded(trials)).winners["modes"].tolist() == ["same"]
    wall = trials["seconds"] * np.where(trials["transport"] == "pipe", 1.6, 1.0)
    trials["cpu_seconds"] = wall
    assert analyse(loaded(trials)).winners["modes"].tolist() == ["mixed"]


def test_every_python_has_its_winners() -> None:
    arms = [Arm("pipe"), Arm("pipe", twin=True), Arm("queue", -0.5)]
    frames = [block(rng(i), arms, 30, QUIET, python=f"3.{i}") for i in (9, 10)]
    found = analyse(loaded(*frames)).winners
    assert sorted(found["python"]) == ["3.10", "3.9"]


# crossovers


def fan_out(workers: int, queue: float) -> pd.DataFrame:
    arms = {"pipe": flat(0.0, 30), "queue": flat(queue, 30), "os_pipe": flat(1.0, 30)}
    trials = exact(arms, twin=flat(0.0, 30), workers=workers, topology="fan_out")
    trials["block"] = f"fan_out.{workers}"
    return trials


def test_crossover_is_the_worker_count_at_which_the_winner_changes() -> None:
    frames = [fan_out(8, 0.4), fan_out(1, -0.4), fan_out(2, 0.0), fan_out(4, 0.3)]
    found = analyse(loaded(*frames)).crossovers
    assert found[["pipe", "queue"]].drop_duplicates().to_numpy().tolist() == [["pipe", "queue"]]
    assert found["workers"].tolist() == [1, 2, 4, 8]
    assert found["verdict"].tolist() == ["faster", "same", "slower", "slower"]
    assert found["crossover"].tolist() == [4.0] * 4
    assert found["ratio"].tolist() == pytest.approx(np.exp([0.4, 0.0, -0.3, -0.4]))


def test_no_crossover_where_the_winner_stays() -> None:
    found = analyse(loaded(fan_out(1, -0.4), fan_out(2, -0.1))).crossovers
    assert found["crossover"].isna().all()


def test_other_topologies_have_no_crossovers() -> None:
    trials = fan_out(1, 0.1).assign(topology="fan_in")
    assert analyse(loaded(trials)).crossovers.empty


# noise, drift, seeds


def test_noise_of_a_sitting() -> None:
    trials = exact({"pipe": flat(0), "queue": [0.1, 0.2] * 10}, twin=[0.02] * 20)
    trials["foreign_cpu"] = np.repeat(np.where(np.arange(20) < 5, 0.5, 0.0), 3)
    (found,) = analyse(loaded(trials)).noise.itertuples(index=False)
    assert (found.machine, found.sitting, found.rounds, found.trials) == ("m1", 1, 20, 60)
    assert (found.twins, found.twins_apart) == (1, 1)
    assert found.twin_widest == pytest.approx(math.expm1(0.018))
    assert found.contaminated == 0.25
    assert found.foreign_cpu == 0.0
    assert found.drifting == 0.0


def test_drift_is_the_level_over_the_sitting() -> None:
    trials = exact({"pipe": [0.0] * 30 + [math.log(2)] * 30})
    trials["started"] = [f"2026-01-01T00:{i:02}:00Z" for i in range(60)]
    found = analyse(loaded(trials)).drift
    assert len(found) == 60
    assert found["minute"].iloc[0] == pytest.approx(59 / 120)
    levels = found["level"].tolist()
    assert levels[59] / levels[0] == pytest.approx(2.0)


def test_seeds_are_measured_where_there_is_the_count_and_scaled_elsewhere() -> None:
    exactly = exact({"pipe": flat(math.log(1000))}, messages_axis="10000")
    calibrated = exact({"pipe": flat(math.log(2000))}, messages_axis="auto")
    table = seeds_table(analyse(loaded(exactly, calibrated)).cells)
    joined = table[table["clock"] == "joined"].set_index("count")
    assert joined["scaled"].to_dict() == {10_000: False, 100_000: True, 1_000_000: True}
    assert joined.loc[10_000, "seconds"] == pytest.approx(11.0, rel=0.01)
    assert joined.loc[100_000, "seconds"] == pytest.approx(55.0, rel=0.01)


def test_seeds_leave_other_payloads_and_placements_alone() -> None:
    frames = [
        exact({"pipe": flat(1)}, payload="str:100"),
        exact({"pipe": flat(1)}, placement="together"),
        exact({"pipe": flat(1)}, topology="fan_out"),
    ]
    assert seeds_table(analyse(loaded(*frames)).cells).empty
