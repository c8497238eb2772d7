"""Absolute figures of cells, their statuses, and their failures."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flat_rates import NOTHING, flat
from three_arms import rng

from run_folders import HEAD
from runner.analysis import analyse
from runner.results import Findings
from runner.runfolder.dataset import load
from runner.statistics import median_interval
from tests.statistics.simulator import Arm, Loaded, block, exact, loaded


def cell(found: Findings, **axes: object) -> Any:
    (row,) = [
        one
        for one in found.cells
        if all(getattr(one, axis) == value for axis, value in axes.items())
    ]
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
    assert found.join_rate == pytest.approx(found.rate / 1.1)
    assert found.send_rate == pytest.approx(found.rate / 0.9)
    assert found.cores == pytest.approx(1.7)
    assert found.mode == "two cores"
    assert found.cpu_per_message == pytest.approx(1.7 / found.rate)
    assert found.switches_per_message == pytest.approx(500 / 20_000)
    assert (found.trials, found.ok, found.status, found.messages_median) == (31, 31, "ok", 20_000)
    assert found.latency_p50 is None
    assert found.share_low is None


def test_the_controls_trials_are_trials_of_the_baseline() -> None:
    found = analyse(loaded(exact({"pipe": flat(0), "queue": flat(1)}, control=flat(0))))
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
    assert found.cores is None


def test_a_cell_with_two_levels_is_bimodal() -> None:
    levels = [0.0 if i % 3 else 0.7 for i in range(30)]
    wobble = rng().normal(0, 0.02, 30)
    trials = exact({"pipe": np.add(levels, wobble).tolist()})
    trials["cpu_seconds"] = trials["seconds"] * [1.9 if level else 1.45 for level in levels]
    found = cell(analyse(loaded(trials)))
    assert found.flags == ("bimodal",)
    assert found.fast_rate / found.slow_rate == pytest.approx(math.exp(0.7), rel=0.05)
    assert found.slow_share == pytest.approx(2 / 3)
    assert (found.slow_cores, found.fast_cores) == pytest.approx((1.45, 1.9))
    assert found.slow_switches == pytest.approx(500 / 20_000)


def test_a_cell_with_one_level_has_no_slow_one() -> None:
    found = cell(analyse(loaded(exact({"pipe": flat(0, 30)}))))
    assert found.slow_rate is None
    assert found.fast_rate is None


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
    assert found.latency_p99 is None


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
    assert ("unreliable" in found.flags) is (bad > 2)


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
    assert [one.machine for one in found.cells] == ["m1", "m2"]


def test_a_cell_that_one_run_lacked_and_another_measured_is_ok() -> None:
    data = loaded(ok())
    lacking = data.cells.assign(run=1, status="unavailable", reason="no such interpreter")
    both = Loaded(data.trials, pd.concat([lacking, data.cells]), [{}, {}])
    assert analyse(both).statuses == {"ok": 1}


def test_failures_of_a_kind_are_one_row_with_the_first_detail() -> None:
    trials = exact({"pipe": [NOTHING] * 3 + flat(0, 3)})
    trials.loc[1, "status"] = "crashed"
    found = analyse(loaded(trials)).failures
    assert [(one.status, one.count, one.detail, one.round) for one in found] == [
        ("crashed", 1, "Traceback\nValueError: no", 2),
        ("failed", 2, "Traceback\nValueError: no", 1),
    ]


def test_a_run_that_was_stopped_before_its_first_trial_is_all_planned(tmp_path: Path) -> None:
    cells = "python,transport,payload,topology,workers,start_method,placement,messages"
    (tmp_path / "trials").mkdir()
    (tmp_path / "run.json").write_text(json.dumps({**HEAD, "run": "r1"}))
    (tmp_path / "cells.csv").write_text(
        f"{cells},status,reason\n"
        "3.10,pipe,int,one_to_one,1,default,free,auto,planned,\n"
        "3.10,queue,int,one_to_one,1,default,free,auto,unsupported,not here\n"
    )
    found = analyse(load([tmp_path]))
    assert found.statuses == {"planned": 1, "unsupported": 1}
    assert not found.comparisons
    assert [one.machine for one in found.cells] == ["m1", "m1"]
