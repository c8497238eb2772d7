"""Absolute figures of cells, statuses, failures, winners, crossovers, noise, drift, seeds."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runner.analysis import analyse, seeds_table
from runner.analysis.cells import COLUMNS
from runner.dataset import load
from runner.findings import CROSSOVERS, DRIFT, FAILURES, NOISE, WINNERS, Findings
from runner.intervals import median_interval
from runner.model import AXES
from tests.statistics.simulator import QUIET, Arm, Loaded, block, exact, loaded

NOTHING = float("nan")


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def flat(value: float, rounds: int = 20) -> list[float]:
    return [value + 0.001 * (i % 5) for i in range(rounds)]


def cell(found: Findings, **axes: object) -> Any:
    frame = found.cells
    for axis, value in axes.items():
        frame = frame[frame[axis] == value]
    (row,) = frame.itertuples(index=False)
    return row


def planned(data: Loaded, **row: str) -> Loaded:
    """Return the dataset with one more planned cell."""
    more = data.cells.iloc[[0]].assign(**row)
    cells = pd.concat([data.cells, more], ignore_index=True)
    return Loaded(data.trials, cells, data.runs)


def test_rates_are_medians_with_their_order_statistic_interval() -> None:
    trials = block(rng(), [Arm("pipe"), Arm("queue", -0.3)], 31)
    found = cell(analyse(loaded(trials)), transport="queue")
    own = trials[trials["transport"] == "queue"]
    rates = (own["messages"] / own["seconds"]).tolist()
    expected = median_interval(rates)
    assert (found.rate, found.rate_low, found.rate_high) == pytest.approx(expected)
    assert found.rate_p5 == pytest.approx(np.quantile(rates, 0.05))
    assert found.rate_p95 == pytest.approx(np.quantile(rates, 0.95))
    assert found.joined_rate == pytest.approx(found.rate / 1.1)
    assert found.producer_rate == pytest.approx(found.rate / 0.9)
    assert found.cores == pytest.approx(1.7)
    assert found.mode == "two cores"
    assert found.cpu_per_message == pytest.approx(1.7 / found.rate)
    assert found.switches_per_message == pytest.approx(500 / 20_000)
    assert (found.trials, found.ok, found.status, found.messages_median) == (31, 31, "ok", 20_000)
    assert math.isnan(found.latency_p50)
    assert math.isnan(found.share_low)


def test_the_frame_has_the_columns_of_the_contract() -> None:
    found = analyse(loaded(exact({"pipe": flat(0), "queue": flat(1)}, twin=flat(0))))
    assert tuple(found.cells.columns) == COLUMNS
    assert set(found.winners.columns) == {"machine", *AXES, *WINNERS} - {"transport"}
    assert set(found.crossovers.columns) == {"machine", *AXES, *CROSSOVERS} - {"transport"}
    assert tuple(found.failures.columns) == ("machine", *AXES, *FAILURES[1:])
    assert tuple(found.noise.columns) == NOISE
    assert tuple(found.drift.columns) == DRIFT


def test_the_twins_trials_are_trials_of_the_reference() -> None:
    found = analyse(loaded(exact({"pipe": flat(0), "queue": flat(1)}, twin=flat(0))))
    assert cell(found, transport="pipe").trials == 40


@pytest.mark.parametrize(
    ("one", "two", "between", "mode"),
    [
        (20, 0, 0, "one core"),
        (0, 20, 0, "two cores"),
        (3, 17, 0, "mixed"),
        (2, 18, 0, "two cores"),
        (0, 0, 20, "mixed"),
    ],
)
def test_modes_of_a_cell(one: int, two: int, between: int, mode: str) -> None:
    trials = exact({"pipe": flat(0)})
    ran_on = [1.0] * one + [1.8] * two + [1.3] * between
    trials["cpu_seconds"] = trials["seconds"] * ran_on
    assert cell(analyse(loaded(trials))).mode == mode


def test_a_cell_whose_cpu_was_not_measured_has_no_mode() -> None:
    trials = exact({"pipe": flat(0)})
    trials["cpu_seconds"] = NOTHING
    found = cell(analyse(loaded(trials)))
    assert found.mode == ""
    assert math.isnan(found.cores)


def test_a_cell_with_two_levels_is_bimodal() -> None:
    levels = [0.0 if i % 3 else 0.7 for i in range(30)]
    wobble = rng().normal(0, 0.02, 30)
    trials = exact({"pipe": np.add(levels, wobble).tolist()})
    trials["cpu_seconds"] = trials["seconds"] * [1.9 if level else 1.45 for level in levels]
    found = cell(analyse(loaded(trials)))
    assert found.flags == "bimodal"
    assert found.fast_rate / found.slow_rate == pytest.approx(math.exp(0.7), rel=0.05)
    assert found.slow_share == pytest.approx(2 / 3)
    assert (found.slow_cores, found.fast_cores) == pytest.approx((1.45, 1.9))
    assert found.slow_switches == pytest.approx(500 / 20_000)


def test_a_cell_with_one_level_has_no_slow_one() -> None:
    found = cell(analyse(loaded(exact({"pipe": flat(0, 30)}))))
    assert math.isnan(found.slow_rate)
    assert math.isnan(found.fast_rate)


def test_shares_are_medians_over_trials_of_the_least_and_most_loaded_worker() -> None:
    trials = exact({"queue": flat(0, 3)}, workers=3, topology="fan_out")
    trials["per_worker"] = ["10;30;60", "20;20;60", "25;25;50"]
    found = cell(analyse(loaded(trials)))
    assert (found.share_low, found.share_high) == (0.2, 0.6)


def test_latencies_are_medians_over_trials() -> None:
    trials = exact({"queue": flat(0, 3)}, topology="request_reply")
    trials["latency_p50"] = [1e-5, 3e-5, 2e-5]
    trials["latency_max"] = [1e-3, 3e-3, 2e-3]
    found = cell(analyse(loaded(trials)))
    assert (found.latency_p50, found.latency_max) == (2e-5, 2e-3)
    assert math.isnan(found.latency_p99)


# statuses


def test_cells_planned_are_the_sum_over_statuses() -> None:
    data = loaded(exact({"pipe": flat(0), "queue": flat(1), "rope": [NOTHING] * 20}))
    data = planned(data, transport="never")
    data = planned(data, transport="no", status="unsupported", reason="not on 2.7")
    found = analyse(data)
    assert found.statuses == {"planned": 1, "ok": 2, "unsupported": 1, "failed": 1}
    assert found.planned == 5 == sum(found.statuses.values()) == len(found.cells)
    assert cell(found, transport="no").reason == "not on 2.7"
    assert cell(found, transport="no").machine == "m1"
    assert cell(found, transport="never").reason == "planned, but no round was measured yet"
    assert cell(found, transport="rope").reason == "Traceback\nValueError: no"


@pytest.mark.parametrize(("bad", "status"), [(2, "ok"), (3, "failed")])
def test_ok_needs_nine_trials_in_ten(bad: int, status: str) -> None:
    values = [NOTHING] * bad + flat(0, 20 - bad)
    found = cell(analyse(loaded(exact({"pipe": flat(0), "queue": values}))), transport="queue")
    assert found.status == status
    assert found.ok == 20 - bad
    assert ("unreliable" in found.flags.split(";")) is (bad > 2)


def test_the_most_frequent_trouble_names_the_status() -> None:
    trials = exact({"pipe": [NOTHING] * 5})
    trials["status"] = ["failed", "timeout", "timeout", "crashed", "timeout"]
    trials["detail"] = ["a", "b", "c", "d", "e"]
    found = cell(analyse(loaded(trials)))
    assert (found.status, found.reason) == ("timeout", "b")


def test_a_cell_that_fails_in_calibration_is_failed_and_one_that_waits_is_planned() -> None:
    failing = exact({"pipe": [NOTHING]}, phase="calibration")
    waiting = exact({"queue": [0.0]}, phase="calibration")
    found = analyse(loaded(failing, waiting))
    assert cell(found, transport="pipe").status == "failed"
    assert cell(found, transport="queue").status == "planned"
    assert (cell(found, transport="pipe").trials, found.planned) == (0, 2)


def test_measured_trials_decide_over_those_of_calibration() -> None:
    found = analyse(loaded(exact({"pipe": [NOTHING] * 9}, phase="calibration"), ok()))
    assert cell(found, transport="pipe").status == "ok"


def ok() -> pd.DataFrame:
    return exact({"pipe": flat(0)})


def test_a_cell_measured_on_two_machines_counts_once_and_shows_twice() -> None:
    found = analyse(loaded(ok(), exact({"pipe": flat(3)}, machine="m2")))
    assert found.statuses == {"ok": 1}
    assert found.cells["machine"].tolist() == ["m1", "m2"]


def test_a_cell_that_one_run_lacked_and_another_measured_is_ok() -> None:
    data = loaded(ok())
    lacking = data.cells.assign(run=1, status="unavailable", reason="no such interpreter")
    both = Loaded(data.trials, pd.concat([lacking, data.cells]), [{}, {}])
    assert analyse(both).statuses == {"ok": 1}


def test_failures_of_a_kind_are_one_row_with_the_first_detail() -> None:
    trials = exact({"pipe": [NOTHING] * 3 + flat(0, 3)})
    trials.loc[1, "status"] = "crashed"
    found = analyse(loaded(trials)).failures
    shown = found[["status", "count", "detail", "round"]].to_numpy().tolist()
    assert shown == [
        ["crashed", 1, "Traceback\nValueError: no", 2],
        ["failed", 2, "Traceback\nValueError: no", 1],
    ]


# winners


def winner(**arms: float) -> Any:
    logs = {name: flat(value, 40) for name, value in arms.items()}
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


def test_a_run_that_was_stopped_before_its_first_trial_is_all_planned(tmp_path: Path) -> None:
    cells = "python,transport,payload,topology,workers,start_method,placement,messages"
    (tmp_path / "run.json").write_text('{"format": 1, "machine": "m1"}')
    (tmp_path / "cells.csv").write_text(
        f"{cells},status,reason\n"
        "3.10,pipe,int,one_to_one,1,default,free,auto,planned,\n"
        "3.10,queue,int,one_to_one,1,default,free,auto,unsupported,not here\n"
    )
    found = analyse(load([tmp_path]))
    assert found.statuses == {"planned": 1, "unsupported": 1}
    assert found.head_to_heads.empty
    assert found.cells["machine"].tolist() == ["m1", "m1"]
