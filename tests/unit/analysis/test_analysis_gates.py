"""Gates: what fails, what stays open, and what a comparison lost on its way to one."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from runner.analysis import analyse
from runner.analysis.changes import compare, compare_axis, parse_gate
from runner.analysis.changes.missing import NEVER_COMPARED, NO_MORE_COMPARED
from runner.errors import BadInputError
from runner.results import Change, Changes, Findings
from tests.rows import each, made
from tests.statistics.simulator import exact, loaded

NAN = math.nan
STEADY = [0.1 + 0.001 * (i % 3) for i in range(20)]
FAILED = [NAN] * 20


def changes(*rows: tuple[float, float | None, float | None, str]) -> Changes:
    names = ("ratio", "low", "high", "verdict")
    cells = [made(Change, **dict(zip(names, row, strict=True))) for row in rows]
    return Changes(old="old", new="new", cells=cells, margin=0.03)


def places(found: Changes, chosen: Sequence[Change]) -> list[int]:
    return [found.cells.index(one) for one in chosen]


GATED = changes(
    (0.80, 0.70, 0.90, "slower"),
    (0.97, 0.96, 0.98, "slower"),
    (0.90, 0.70, 1.20, "open"),
    (1.00, 0.99, 1.01, "equal"),
    (1.00, 0.97, 1.04, "open"),
    (1.30, 1.20, 1.40, "faster"),
    (1.00, 0.98, 1.02, "invalid"),
)


def test_a_gate_fails_on_what_is_certain_and_beyond_its_limit() -> None:
    found = parse_gate("slower:5%").judge(GATED)
    assert places(found, found.failed) == [0]
    assert found.outcome == "failed"


def test_what_a_gate_cannot_decide_is_shown_and_neither_fails_nor_passes() -> None:
    found = parse_gate("slower:5%").judge(replace(GATED, cells=GATED.cells[1:]))
    assert found.outcome == "undecided"
    assert places(GATED, found.undecided) == [2, 6]


def test_a_gate_looks_the_other_way_too() -> None:
    assert places(GATED, parse_gate("faster: 25 %").judge(GATED).failed) == [5]


@pytest.mark.parametrize("text", ["", "slower", "slower:5", "sideways:5%", "slower:-5%"])
def test_a_gate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="slower:5%"):
        parse_gate(text)


def test_a_row_without_an_interval_is_open() -> None:
    found = parse_gate("slower:5%").judge(changes((1.0, None, None, "open")))
    assert places(found, found.undecided) == [0]


def test_a_certain_change_whose_interval_reaches_beyond_the_limit_is_open() -> None:
    found = parse_gate("slower:5%").judge(changes((0.96, 0.93, 0.99, "slower")))
    assert not found.failed
    assert places(found, found.undecided) == [0]


def test_an_unbounded_interval_is_open_in_both_directions() -> None:
    unbounded = changes((1.0, 0.0, math.inf, "open"))
    for text in ("slower:50%", "faster:50%"):
        assert places(unbounded, parse_gate(text).judge(unbounded).undecided) == [0]


def test_values_that_were_never_in_one_round_never_pass() -> None:
    frames = [
        exact({"pipe": [0.0] * 20, "queue": STEADY}, control=[0.0] * 20, python=python)
        for python in ("3.8", "3.13")
    ]
    found = compare_axis(analyse(loaded(*frames)), "python", "3.8", "3.13")
    judged = parse_gate("slower:5%").judge(found)
    assert len(judged.undecided) == len(found.cells) == 2


# what the new side cannot tell any more


def a_run(dict_pipe: Any = None, **arms: list[float]) -> Findings:
    """Return a block of payload int with these arms, and one of payload dict, against pipe."""
    two = {"pipe": dict_pipe or [0.0] * 20, "queue": STEADY}
    return analyse(
        loaded(
            exact({"pipe": [0.0] * 20, **arms}, control=[0.0] * 20),
            exact(two, control=dict_pipe or [0.0] * 20, payload="dict"),
        )
    )


def left_out(old: Findings, new: Findings) -> dict[tuple[str, str], tuple[str, bool]]:
    rows = compare(old, new).left_out
    return {(one.payload, one.transport): (one.reason, one.lost) for one in rows}


def test_a_cell_that_fails_in_the_new_run_is_lost_and_a_baseline_is_not() -> None:
    old = a_run(queue=STEADY, simple_queue=STEADY)
    found = left_out(old, a_run(queue=FAILED, simple_queue=STEADY))
    assert found == {
        ("int", "queue"): ("measured in the old run only; failed in the new", True),
        ("int", "pipe"): (NEVER_COMPARED, False),
        ("dict", "pipe"): (NEVER_COMPARED, False),
    }


def test_cells_whose_baseline_fails_in_the_new_run_are_lost() -> None:
    found = left_out(a_run(queue=STEADY), a_run(dict_pipe=FAILED, queue=STEADY))
    assert found["dict", "queue"] == (NO_MORE_COMPARED, True)
    assert found["dict", "pipe"] == ("measured in the old run only; failed in the new", True)


def test_cells_that_the_new_run_was_not_to_measure_are_not_lost() -> None:
    old, new = a_run(queue=STEADY, simple_queue=STEADY), a_run(queue=STEADY)
    assert left_out(old, new)["int", "simple_queue"] == ("measured in the old run only", False)
    failed = a_run(queue=STEADY, simple_queue=FAILED)
    cells = [
        replace(one, status="excluded") if one.status == "failed" else one for one in failed.cells
    ]
    excluded = replace(failed, cells=cells)
    told = "measured in the old run only; excluded in the new"
    assert left_out(old, excluded)["int", "simple_queue"] == (told, False)


def test_a_cell_that_fails_with_the_new_value_of_an_axis_is_lost() -> None:
    frames = [
        exact({"pipe": [0.0] * 20, "queue": arm}, control=[0.0] * 20, python=python)
        for python, arm in (("3.8", STEADY), ("3.13", FAILED))
    ]
    run = analyse(loaded(*frames))
    found = compare_axis(run, "python", "3.8", "3.13").left_out
    told = "measured with only one of 3.8 and 3.13"
    assert [(one.transport, one.reason, one.lost) for one in found] == [
        ("queue", f"{told}; failed with 3.13", True)
    ]
    back = compare_axis(run, "python", "3.13", "3.8").left_out
    assert [one.lost for one in back] == [False]


def test_a_value_under_which_everything_fails_is_reported_as_such() -> None:
    frames = [
        exact({"pipe": pipe, "queue": queue}, control=pipe, python=python)
        for python, pipe, queue in (("3.8", [0.0] * 20, STEADY), ("3.13", FAILED, FAILED))
    ]
    told = r"differ only in python, 3\.8 and 3\.13: .*; failed with 3\.13 \(2 cells\)"
    with pytest.raises(BadInputError, match=told):
        compare_axis(analyse(loaded(*frames)), "python", "3.8", "3.13")


# nothing that both runs can tell


def one_block(pipe: list[float], phase: str = "measure") -> Findings:
    arms = {"pipe": pipe, "queue": STEADY, "simple_queue": STEADY}
    return analyse(loaded(exact(arms, control=pipe).assign(phase=phase)))


WHOLE = one_block([0.0] * 20)


def test_a_baseline_that_fails_throughout_the_new_run_is_reported_as_such() -> None:
    with pytest.raises(BadInputError) as refused:
        compare(WHOLE, one_block(FAILED))
    assert str(refused.value) == (
        "nothing to compare: the new run lacks what the old one has: "
        f"{NO_MORE_COMPARED} (2 cells); measured in the old run only; failed in the new (1 cell); "
        "see the failures in the new run's report, fix what failed and measure it again"
    )


def test_a_new_run_without_a_round_is_reported_as_such() -> None:
    warm = one_block([0.0] * 20, phase="warmup")
    planned = replace(warm, cells=each(warm.cells, status="planned"))
    told = r"the old run only; in no round of the new \(3 cells\); see the failures"
    for new in (warm, planned):
        with pytest.raises(BadInputError, match=told):
            compare(WHOLE, new)


def test_a_baseline_that_fails_throughout_the_old_run_is_lost_by_nobody() -> None:
    with pytest.raises(BadInputError, match=r"share no cell .*the same matrix") as refused:
        compare(one_block(FAILED), WHOLE)
    assert "measured in the new run only (1 cell)" in str(refused.value)
    assert "lost" not in str(refused.value)


# too few rounds


def short() -> Findings:
    return analyse(loaded(exact({"pipe": [0.0] * 3, "queue": STEADY[:3]}, control=[0.0] * 3)))


def test_runs_with_too_few_rounds_are_compared_without_an_interval() -> None:
    found = compare(short(), short(), by=("transport",))
    (row,) = found.cells
    assert (row.transport, row.verdict, row.marks) == ("queue", "open", ("too few rounds",))
    assert row.ratio == pytest.approx(1)
    assert (row.low, row.high, row.p, row.q) == (None,) * 4
    assert not found.groups
    assert len(parse_gate("slower:5%").judge(found).undecided) == 1


def test_cells_with_too_few_rounds_take_nothing_from_the_others() -> None:
    whole = loaded(exact({"pipe": [0.0] * 20, "queue": STEADY}, control=[0.0] * 20))
    few = exact({"pipe": [0.0] * 3, "queue": STEADY[:3]}, control=[0.0] * 3, payload="dict")
    both = compare(analyse(loaded(whole.trials.drop(columns="run"), few)), analyse(whole))
    assert [one.payload for one in both.cells] == ["int"]
    mixed = analyse(loaded(whole.trials.drop(columns="run"), few))
    cells = {one.payload: one for one in compare(mixed, mixed).cells}
    assert cells["dict"].marks == ("too few rounds",)
    assert compare(analyse(whole), analyse(whole)).cells == [cells["int"]]
