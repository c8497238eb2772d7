"""Winners, ceilings, crossovers, noise and drift: what is told over many cells."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flat_rates import flat
from three_arms import rng

from runner.analysis import analyse
from runner.results import Comparison
from tests.rows import made
from tests.statistics.simulator import QUIET, Arm, block, exact, loaded

# winners


def winner(**arms: float) -> Any:
    return winner_of({name: flat(value, 40) for name, value in arms.items()})


def winner_of(logs: dict[str, list[float]]) -> Any:
    first = next(iter(logs))
    found = analyse(loaded(exact(logs, control=logs[first])))
    (row,) = found.winners
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
    found = analyse(loaded(exact(arms, control=flat(0.0, 8)))).winners
    assert [one.decided for one in found] == [False]


def test_bounds_of_what_is_possible_never_win() -> None:
    found = winner(pipe=0.0, os_pipe=2.0, thread_queue=1.0, queue=-0.5)
    assert found.winners == ("pipe",)
    assert found.runner_up == "queue"


def split(*parts: dict[str, list[float]], baseline: list[float]) -> Any:
    """Return the winners of a block whose arms were measured in parts with a common baseline."""
    frames = [exact({"pipe": baseline} | part, control=baseline) for part in parts]
    for number, frame in enumerate(frames, 1):
        frame["block"] = f"transport-3.11/{number}"
    (row,) = analyse(loaded(*frames)).winners
    return row


def test_the_parts_of_a_block_have_one_winner() -> None:
    first, second = {"queue": flat(0.3, 40)}, {"simple_queue": flat(0.1, 40)}
    for parts in ((first, second), (second, first)):
        found = split(*parts, baseline=flat(0.0, 40))
        assert found.winners == ("queue",)
        assert found.runner_up == "simple_queue"
        assert found.runner_up_ratio == pytest.approx(math.exp(0.2))
        assert found.decided
        assert found.compared == 3


def test_a_lead_by_way_of_the_baseline_is_as_uncertain_as_its_two_halves() -> None:
    wide = [0.3 + 0.05 * (i % 5 - 2) for i in range(40)]
    direct = winner_of({"pipe": flat(0.0, 40), "queue": wide})
    halved = split({"queue": wide}, {"simple_queue": wide}, baseline=flat(0.0, 40))
    width = math.log(direct.runner_up_high / direct.runner_up_low)
    found = math.log(halved.runner_up_high / halved.runner_up_low)
    assert found == pytest.approx(width * math.sqrt(2))


def test_arms_that_never_met_are_not_called_equal() -> None:
    found = split({"queue": flat(0.3, 40)}, {"simple_queue": flat(0.3, 40)}, baseline=flat(0, 40))
    assert len(found.winners) == 1
    assert found.runner_up_ratio == pytest.approx(1.0)
    assert not found.decided


def test_a_part_whose_control_differs_decides_nothing_by_way_of_the_baseline() -> None:
    part = exact({"pipe": flat(0.0, 40), "queue": flat(0.3, 40)}, control=flat(0.5, 40))
    other = exact({"pipe": flat(0.0, 40), "simple_queue": flat(-0.5, 40)}, control=flat(0.0, 40))
    for number, frame in enumerate((part, other), 1):
        frame["block"] = f"transport-3.11/{number}"
    (row,) = analyse(loaded(part, other)).winners
    assert (row.winners, row.decided) == (("queue",), False)
    given = {"a": "queue", "b": "pipe", "ratio": 1.3, "low": 1.2, "high": 1.4, "modes": "same"}
    alone = made(Comparison, **given, verdict="invalid")
    sound = replace(alone, a="simple_queue", verdict="slower", ratio=0.6, low=0.5, high=0.7)
    assert {alone.over(sound).verdict, sound.over(alone).verdict} == {"invalid"}
    assert replace(sound, ratio=2.0, low=1.9, high=2.1).over(sound).verdict == "faster"


def test_a_winner_says_in_which_modes_it_was_compared() -> None:
    logs = {"pipe": flat(0.0, 40), "queue": flat(-0.5, 40)}
    trials = exact(logs, control=logs["pipe"])
    assert [one.modes for one in analyse(loaded(trials)).winners] == ["same"]
    wall = trials["seconds"] * np.where(trials["transport"] == "pipe", 1.6, 1.0)
    trials["cpu_seconds"] = wall
    assert [one.modes for one in analyse(loaded(trials)).winners] == ["mixed"]


def test_every_python_has_its_winners() -> None:
    arms = [Arm("pipe"), Arm("pipe", control=True), Arm("queue", -0.5)]
    frames = [block(rng(i), arms, 30, QUIET, python=f"3.{i}") for i in (9, 10)]
    found = analyse(loaded(*frames)).winners
    assert sorted(one.python for one in found) == ["3.10", "3.9"]


# ceilings


def shares(**arms: float) -> Any:
    logs = {name.replace("__", ":"): flat(value, 40) for name, value in arms.items()}
    return analyse(loaded(exact(logs, control=logs["queue"]))).ceilings


def test_each_transport_has_its_share_of_each_bound_and_of_the_fastest_as_ceiling() -> None:
    found = shares(queue=0.0, pipe=0.3, thread_queue=0.9, os_pipe=1.0, os_pipe__1048576=1.4)
    ceilings = {one.transport: (one.bound, one.ratio) for one in found if one.highest}
    assert ceilings == {
        "pipe": ("os_pipe:1048576", pytest.approx(math.exp(-1.1))),
        "queue": ("os_pipe:1048576", pytest.approx(math.exp(-1.4))),
        "thread_queue": ("os_pipe:1048576", pytest.approx(math.exp(-0.5))),
    }
    (other,) = [one for one in found if (one.transport, one.highest) == ("pipe", False)]
    assert (other.bound, other.ratio) == ("os_pipe", pytest.approx(math.exp(-0.7)))
    assert other.low <= other.ratio <= other.high
    assert other.rate / other.bound_rate == pytest.approx(math.exp(-0.7), rel=0.01)


def test_a_transport_may_be_faster_than_what_bounds_the_others() -> None:
    (found,) = [one for one in shares(queue=0.0, pipe=0.5, os_pipe=0.2) if one.transport == "pipe"]
    assert (found.ratio, found.highest) == (pytest.approx(math.exp(0.3)), True)


def test_without_a_bound_there_is_no_ceiling() -> None:
    assert shares(queue=0.0, pipe=0.3, thread_queue=0.9) == []


def test_a_bound_of_another_part_is_met_by_way_of_the_baseline() -> None:
    base = flat(0.0, 40)
    frames = [exact({"queue": base, one: flat(at, 40)}, control=base)
              for one, at in (("pipe", 0.3), ("os_pipe", 1.0))]  # fmt: skip
    for number, frame in enumerate(frames, 1):
        frame["block"] = f"transport-3.11/{number}"
    found = {one.transport: one.ratio for one in analyse(loaded(*frames)).ceilings}
    assert found == {
        "pipe": pytest.approx(math.exp(-0.7)), "queue": pytest.approx(math.exp(-1.0)),
    }  # fmt: skip


# crossovers


def fan_out(workers: int, queue: float) -> pd.DataFrame:
    arms = {"pipe": flat(0.0, 30), "queue": flat(queue, 30), "os_pipe": flat(1.0, 30)}
    trials = exact(arms, control=flat(0.0, 30), workers=workers, topology="fan_out")
    trials["block"] = f"fan_out.{workers}"
    return trials


def test_crossover_is_the_worker_count_at_which_the_winner_changes() -> None:
    frames = [fan_out(8, 0.4), fan_out(1, -0.4), fan_out(2, 0.0), fan_out(4, 0.3)]
    found = analyse(loaded(*frames)).crossovers
    assert {(one.pipe, one.queue) for one in found} == {("pipe", "queue")}
    assert [one.workers for one in found] == [1, 2, 4, 8]
    assert [one.verdict for one in found] == ["faster", "equal", "slower", "slower"]
    assert [one.crossover for one in found] == [4] * 4
    assert [one.ratio for one in found] == pytest.approx(np.exp([0.4, 0.0, -0.3, -0.4]))


def test_no_crossover_where_the_winner_stays() -> None:
    found = analyse(loaded(fan_out(1, -0.4), fan_out(2, -0.1))).crossovers
    assert {one.crossover for one in found} == {None}


def test_other_topologies_have_no_crossovers() -> None:
    trials = fan_out(1, 0.1).assign(topology="fan_in")
    assert not analyse(loaded(trials)).crossovers


# noise, drift


def test_noise_of_a_session() -> None:
    trials = exact({"pipe": flat(0), "queue": [0.1, 0.2] * 10}, control=[0.02] * 20)
    trials["foreign_cpu"] = np.repeat(np.where(np.arange(20) < 5, 0.5, 0.0), 3)
    (found,) = analyse(loaded(trials)).noise
    assert (found.machine, found.session, found.rounds, found.trials) == ("m1", 1, 20, 60)
    assert (found.controls, found.controls_apart) == (1, 1)
    assert found.control_widest == pytest.approx(math.expm1(0.018))
    assert found.contaminated == 0.25
    assert found.foreign_cpu == 0.0
    assert found.drifting == 0.0


def test_a_machine_that_is_fast_and_slow_by_turns_has_a_pace_whatever_the_ratios_say() -> None:
    speed = np.where(np.arange(20) % 4 == 0, math.log(0.5), 0.0)
    logs = {name: list(speed + level) for name, level in (("pipe", 0.0), ("queue", 0.7))}
    trials = exact(logs, control=list(speed)).assign(placement="apart")
    (found,) = analyse(loaded(trials)).noise
    assert found.pace == pytest.approx(0.5)
    assert found.spread == pytest.approx(0.0)
    assert found.controls_apart == 0
    alike = exact({"pipe": flat(0), "queue": flat(0.7)}).assign(placement="apart")
    (even,) = analyse(loaded(alike)).noise
    assert even.pace == pytest.approx(1.0, abs=0.01)


def test_a_pace_is_that_of_bound_cells_and_of_twelve_rounds() -> None:
    free = exact({"pipe": flat(0), "queue": flat(0.7)}).assign(placement="free")
    few = exact({"pipe": [0.0] * 11, "queue": [0.7] * 11}).assign(placement="apart")
    assert [analyse(loaded(one)).noise[0].pace for one in (free, few)] == [None, None]


def test_drift_is_the_level_over_the_session() -> None:
    trials = exact({"pipe": [0.0] * 30 + [math.log(2)] * 30})
    trials["started"] = [f"2026-01-01T00:{i:02}:00Z" for i in range(60)]
    found = analyse(loaded(trials)).drift
    assert len(found) == 60
    assert found[0].minute == pytest.approx(59 / 120)
    levels = [one.level for one in found]
    assert levels[59] / levels[0] == pytest.approx(2.0)
