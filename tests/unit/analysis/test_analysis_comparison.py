"""Two runs, two values of an axis, many runs: what is compared, refused, marked and found."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple

import numpy as np
import pandas as pd
import pytest
from sixteen_cells import PYTHONS, TRANSPORTS, a_run, findings

from runner.analysis import analyse
from runner.analysis.changes import (
    compare,
    compare_axis,
    history,
    otava_tables,
)
from runner.errors import BadInputError
from runner.results import Change
from tests.statistics.simulator import Loaded, exact, loaded


def told(rows: Iterable[object], name: str) -> set[object]:
    return {getattr(one, name) for one in rows}


CLAIMS = ("faster", "slower")


def widths(cells: Sequence[Change]) -> list[float]:
    return [math.log(one.high / one.low) for one in cells if one.low and one.high]


@pytest.mark.slow
def test_two_runs_of_the_same_find_nothing() -> None:
    for seed in range(6):
        found = compare(findings(2 * seed), findings(2 * seed + 1), by=("transport", "python"))
        assert not told([*found.cells, *found.groups], "verdict") & set(CLAIMS)
        assert len(found.cells) == 16


def test_an_injected_10_percent_is_found_and_nothing_else() -> None:
    slower = {("3.9", "queue"): -math.log(1.1)}
    found = compare(findings(1, sessions=3), findings(2, slower, sessions=3))
    (row,) = [one for one in found.cells if one.verdict in CLAIMS]
    assert (row.python, row.transport) == ("3.9", "queue")
    assert row.low is not None
    assert row.high is not None
    assert row.ratio_new is not None
    assert row.ratio_old is not None
    assert row.verdict == "slower"
    assert row.low <= 1 / 1.1 <= row.high
    assert row.baseline == "pipe"
    assert row.ratio == pytest.approx(row.ratio_new / row.ratio_old)


def test_a_transport_that_got_slower_everywhere_is_found_as_a_group() -> None:
    slower = {(python, "queue"): -math.log(1.1) for python in PYTHONS}
    found = compare(findings(1), findings(2, slower), by=("transport",)).groups
    (claimed,) = [one for one in found if one.verdict in CLAIMS]
    assert (claimed.by, claimed.value, claimed.cells) == ("transport", "queue", 4)


def test_more_sessions_make_the_interval_narrower() -> None:
    one = compare(findings(1), findings(2)).cells
    five = compare(findings(1, sessions=5), findings(2, sessions=5)).cells
    assert np.median(widths(five)) < 0.7 * np.median(widths(one))
    assert [one.sessions_old for one in five] == [5] * 16


def test_a_single_session_is_never_trusted_beyond_what_sessions_scatter() -> None:
    found = compare(findings(1), findings(2))
    assert found.tau >= 0.019
    assert min(widths(found.cells)) >= 2 * 1.96 * 0.019 * math.sqrt(2)


def test_the_margin_is_the_old_runs_unless_given() -> None:
    old, new = findings(1, compare={"margin": 0.5}), findings(2)
    assert told(compare(old, new).cells, "verdict") == {"equal"}
    assert compare(old, new, margin=0.01).margin == 0.01


# what is refused, marked or left out


def test_other_machines_are_refused() -> None:
    with pytest.raises(BadInputError, match="measured on other machines"):
        compare(findings(1), findings(2, machine="m2"))


def test_nothing_in_common_is_refused() -> None:
    other = analyse(loaded(exact({"pipe": [0.0] * 20, "queue": [0.1] * 20}, payload="dict")))
    with pytest.raises(BadInputError, match="share no cell"):
        compare(findings(1), other)


def test_another_harness_takes_the_verdicts_away() -> None:
    found = compare(findings(1, harness="aa"), findings(2, harness="bb")).cells
    assert told(found, "verdict") == {"invalid"}
    assert told(found, "marks") == {("method: harness",)}


def test_another_target_is_another_method() -> None:
    old, new = findings(1, measure={"target": 0.08}), findings(2, measure={"target": 0.02})
    assert told(compare(old, new).cells, "marks") == {("method: measure.target",)}


def test_a_cell_in_another_mode_gets_no_verdict() -> None:
    slower = a_run(2, {("3.9", "queue"): -math.log(2)})
    at = (slower.trials["python"] == "3.9") & (slower.trials["transport"] == "queue")
    slower.trials.loc[at, "cpu_seconds"] = slower.trials.loc[at, "seconds"]
    found = compare(findings(1), analyse(slower)).cells
    (row,) = [one for one in found if (one.python, one.transport) == ("3.9", "queue")]
    assert (row.verdict, row.marks) == ("open", ("mixed modes", "other mode"))


def test_a_run_under_load_gets_no_verdict_against_a_calm_one() -> None:
    busy = [a_run(seed, {("3.9", "queue"): -math.log(2)}) for seed in (2, 3)]
    for one in busy:
        one.trials.loc[one.trials["python"] == "3.9", "foreign_cpu"] = 0.8
    found = compare(findings(1), analyse(busy[0]), by=("python", "transport"))
    here = [one for one in found.cells if one.python == "3.9"]
    assert told(here, "verdict") == {"open"}
    assert told(here, "marks") == {("other load",)}
    assert told([one for one in found.cells if one not in here], "marks") == {()}
    assert "3.9" not in told(found.groups, "value")
    assert sorted(map(astuple, found.ungrouped)) == [
        ("python", "3.9", 4, 4, "other load"),
        *(("transport", name, 1, 4, "other load") for name in sorted(TRANSPORTS)),
    ]
    alike = compare(analyse(busy[0]), analyse(busy[1]))
    assert ("other load",) not in told(alike.cells, "marks")


def test_cells_that_no_group_holds_are_counted_with_every_reason() -> None:
    whole = a_run(1)
    of_39 = whole.trials["python"] == "3.9"
    few = loaded(whole.trials[~of_39 | (whole.trials["round"] <= 3)].drop(columns="run"))
    few.trials.loc[few.trials["transport"] == "queue", "foreign_cpu"] = 0.8
    found = compare(analyse(whole), analyse(few), by=("python",))
    (row,) = (one for one in found.ungrouped if one.value == "3.9")
    assert (row.cells, row.of) == (4, 4)
    assert row.reasons.split(", ")[0] == "too few rounds"
    assert "3.9" not in told(found.groups, "value")


def test_of_runs_by_another_method_every_group_is_left_out_as_invalid() -> None:
    found = compare(findings(1, harness="aa"), findings(2, harness="bb"), by=("python",))
    assert not found.groups
    assert sorted(map(astuple, found.ungrouped)) == [
        ("python", name, 4, 4, "invalid") for name in sorted(PYTHONS)
    ]


def test_nothing_is_left_out_of_groups_that_hold_every_cell() -> None:
    assert not compare(findings(1), findings(2), by=("python",)).ungrouped
    assert not compare(findings(1), findings(2)).ungrouped


def test_cells_of_only_one_run_and_baselines_are_left_out_with_the_reason() -> None:
    more = exact({"pipe": [0.0] * 20, "queue": [0.1] * 20}, control=[0.0] * 20, payload="dict")
    data = a_run(2)
    new = loaded(data.trials.drop(columns="run"), more)
    reasons = Counter(one.reason for one in compare(findings(1), analyse(new)).left_out)
    assert reasons == {
        "no ratio to the same baseline in both runs (it may be the baseline itself)": 4,
        "measured in the new run only": 2,
    }


# one run, two values of an axis


def test_values_measured_in_the_same_rounds_are_compared_by_them() -> None:
    arms = {"3.8": [0.0] * 30, "3.13": [0.2 + 0.001 * (i % 3) for i in range(30)]}
    frames = [
        exact(arms, control=[0.0] * 30, compared_axis="python", transport=name)
        for name in ("pipe", "queue")
    ]
    found = compare_axis(analyse(loaded(*frames)), "python", "3.8", "3.13")
    assert [one.verdict for one in found.cells] == ["faster", "faster"]
    assert [one.ratio for one in found.cells] == pytest.approx([math.exp(0.201)] * 2)
    assert told(found.cells, "python") == {"3.13"}
    back = compare_axis(analyse(loaded(*frames)), "python", "3.13", "3.8").cells
    assert [one.verdict for one in back] == ["slower", "slower"]
    assert [one.ratio for one in back] == pytest.approx([math.exp(-0.201)] * 2)
    assert all((one.low or 9.0) <= (one.ratio or 0.0) for one in back)


def test_values_that_were_never_in_one_round_stay_open_and_marked() -> None:
    found = compare_axis(findings(1), "python", "3.9", "3.13").cells
    assert told(found, "verdict") == {"open"}
    assert told(found, "marks") == {
        ("not in the same rounds: only blocks that compare python decide",)
    }
    assert told(found, "low") == {None}
    assert len(found) == 5


def test_a_value_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(BadInputError, match=r"no 3\.8; it has 2\.7, 3\.9, 3\.11, 3\.13"):
        compare_axis(findings(1), "python", "3.8", "3.13")
    with pytest.raises(BadInputError, match="unknown axis; known: python, transport"):
        compare_axis(findings(1), "color", "red", "blue")
    with pytest.raises(BadInputError, match="compared to itself"):
        compare_axis(findings(1), "python", "3.9", "3.9")


# history


def test_history_holds_every_cell_of_every_run_in_the_order_of_time() -> None:
    late, early = (
        exact({"pipe": [0.0] * 20, "queue": [value] * 20}, control=[0.0] * 20, started=when)
        for value, when in ((0.2, "2026-02-01T00:00:00Z"), (0.1, "2026-01-01T00:00:00Z"))
    )
    parts = [loaded(late, run="late"), loaded(early, run="early")]
    parts[1].trials["run"], parts[1].cells["run"] = 1, 1
    data = Loaded(
        pd.concat([one.trials for one in parts], ignore_index=True),
        pd.concat([one.cells for one in parts], ignore_index=True),
        [run for one in parts for run in one.runs],
    )
    found = history(data)
    queue = [one for one in found if one.transport == "queue"]
    assert [one.run for one in queue] == ["early", "late"]
    assert [one.ratio for one in queue] == pytest.approx([math.exp(0.1), math.exp(0.2)])
    assert {one.ratio for one in found if one.transport == "pipe"} == {None}


def test_otava_gets_one_table_for_each_cell_with_numbers_only() -> None:
    tables = otava_tables(
        history(loaded(exact({"pipe": [0.0] * 9, "queue": [0.1] * 9}, control=[0.0] * 9)))
    )
    queue = tables["m1_3.11_queue_int_one_to_one_1_default_free_auto"]
    assert queue[0] == ["time", "run", "rate", "ratio", "cpu_per_message"]
    pipe = tables["m1_3.11_pipe_int_one_to_one_1_default_free_auto"]
    assert pipe[0] == ["time", "run", "rate", "cpu_per_message"]
