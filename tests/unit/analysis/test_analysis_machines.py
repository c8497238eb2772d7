"""Ratios of machines of one kind, pooled; machines of other kinds stand beside them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from runner.analysis.machines import across, shared_kernels
from runner.model.environment_hash import environment_hash_of, kind_of
from runner.results import Comparison
from tests.rows import made

FACTS: Mapping[str, Any] = {"cpu": {"model": "X"}, "memory": {"total_kib": "1"}}


def run(machine: str, model: str = "X", build: str = "b") -> dict[str, Any]:
    facts = {**FACTS, "cpu": {"model": model}}
    ids = {"3.13": build}
    return {"machine": machine, "machine_facts": facts, "interpreter_ids": ids, "sessions": []}


def compared(machine: str, log: float, half: float = 0.02, **more: Any) -> Comparison:
    given: dict[str, Any] = {
        "machine": machine,
        "compared_axis": "transport",
        "python": "3.13",
        "payload": "int",
        "topology": "one_to_one",
        "workers": 1,
        "a": "queue",
        "b": "pipe",
        "clock": "end_to_end",
        "ratio": math.exp(log),
        "low": math.exp(log - half),
        "high": math.exp(log + half),
        "verdict": "slower" if log < -half else "faster" if log > half else "open",
    }
    return made(Comparison, **{**given, **more})


def over(rows: Sequence[Comparison], *runs: Mapping[str, Any]) -> Any:
    (found,) = across(rows, runs, 0.03)
    return found


def test_machines_of_one_kind_are_pooled_with_their_deviation_and_a_forecast() -> None:
    logs = {"m1": -0.30, "m2": -0.34, "m3": -0.26}
    found = over([compared(name, log) for name, log in logs.items()], *map(run, logs))
    assert found.machines == ("m1", "m2", "m3")
    assert found.ratio == pytest.approx(math.exp(-0.30), rel=1e-3)
    assert found.low < found.ratio < found.high
    assert (found.verdict, found.agree) == ("slower", 3)
    assert 0.02 < found.tau < 0.06
    assert found.next_low < found.low
    assert found.next_high > found.high
    assert found.context.machine == ""
    assert found.flipped().verdict == "faster"


def test_two_machines_are_pooled_without_a_forecast() -> None:
    found = over([compared("m1", -0.3), compared("m2", -0.3)], run("m1"), run("m2"))
    assert (found.next_low, found.agree) == (None, 2)


def test_other_kinds_are_not_pooled() -> None:
    rows = [compared("m1", -0.3), compared("m2", -0.3), compared("m3", 0.3)]
    assert across(rows[::2], [run("m1"), run("m3", model="Y")], 0.03) == []
    assert across(rows[:2], [run("m1"), run("m2", build="other")], 0.03) == []
    both = over(rows, run("m1"), run("m2"), run("m3", model="Y"))
    assert both.machines == ("m1", "m2")
    assert kind_of(run("m1")) == kind_of(run("m2")) != kind_of(run("m1", model="Y"))
    assert environment_hash_of(run("m1")) != environment_hash_of(run("m2"))


def test_machines_that_disagree_decide_nothing() -> None:
    rows = [compared("m1", -0.3), compared("m2", 0.3), compared("m3", 0.0)]
    found = over(rows, run("m1"), run("m2"), run("m3"))
    assert found.verdict == "open"
    assert found.tau > 0.2


def test_a_pair_is_flipped_where_another_baseline_was_used() -> None:
    turned = compared("m2", 0.3, a="pipe", b="queue", verdict="faster")
    found = over([compared("m1", -0.3), turned], run("m1"), run("m2"))
    assert (found.a, found.b) == ("queue", "pipe")
    assert found.ratio == pytest.approx(math.exp(-0.3))


@pytest.mark.parametrize("more", [{"clock": "send"}, {"control": True}, {"payload": "str:10"}])
def test_only_what_a_report_prints_of_the_same_cell_is_pooled(more: Mapping[str, Any]) -> None:
    rows = [compared("m1", -0.3), compared("m2", -0.3, **more)]
    assert across(rows, [run("m1"), run("m2")], 0.03) == []


def test_an_invalid_block_makes_the_pooled_ratio_invalid() -> None:
    rows = [compared("m1", -0.3), compared("m2", -0.3, verdict="invalid")]
    assert over(rows, run("m1"), run("m2")).verdict == "invalid"


def test_machines_on_one_kernel_are_named() -> None:
    def booted(machine: str, boot: str) -> dict[str, Any]:
        return {**run(machine), "sessions": [{"session": 1, "before": {"boot": boot}}]}

    runs = [booted("m1", "aa"), booted("m2", "aa"), booted("m3", "bb"), booted("m1", "aa")]
    assert shared_kernels(runs) == [("m1", "m2")]
    assert shared_kernels([booted("m1", "unknown"), booted("m2", "unknown")]) == []
