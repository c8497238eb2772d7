"""The gate: it costs nothing on a quiet machine, and little on one that is never quiet."""

import pytest
from simulated_machine import Machine, block, cells, plan

from runner.measure import Outcome, measure
from runner.model import Measure

PLAN = plan(block("t", cells("pipe", "queue")))


def run(machine: Machine, **how: float) -> Outcome:
    settings = Measure(rounds=20, min_rounds=20, **how)  # type: ignore[arg-type]
    return measure(PLAN, machine.agents(), settings, machine.environment())


@pytest.mark.parametrize("load", [0.0, 0.25, None])
def test_a_quiet_machine_or_one_without_a_meter_never_waits(load: float | None) -> None:
    machine = Machine(load=lambda _: load)
    outcome = run(machine)
    assert (machine.slept, outcome.waited) == (0.0, 0.0)
    assert {row.foreign_cpu for row in machine.rows} == {load}


def test_a_busy_spell_is_waited_out_before_the_round() -> None:
    machine = Machine(load=lambda now: 1.0 if 3.0 <= now <= 6.5 else 0.1)
    outcome = run(machine)
    assert 2.0 <= outcome.waited <= 5.0
    assert machine.slept == pytest.approx(outcome.waited)
    assert {row.foreign_cpu for row in machine.phase("measure")} == {0.1}
    assert [told[0] for what, told in machine.heard if what == "waiting"] == [  # type: ignore[index]
        "others use the machine"
    ]


def test_after_the_longest_wait_the_round_is_measured_and_marked() -> None:
    machine = Machine(load=lambda _: 1.5)
    outcome = run(machine, gate_wait=10.0)
    assert {row.foreign_cpu for row in machine.rows} == {1.5}
    assert machine.counts() == {"t": 20}
    # One wait of 10 s, and then a share of the time that has passed.
    assert 10.0 <= outcome.waited <= 10.0 + 0.05 * machine.time + 0.01


def test_a_machine_that_is_always_busy_costs_a_tenth_of_the_budget_at_most() -> None:
    machine = Machine(load=lambda _: 2.0)
    how = Measure(precision=0.0001, rounds=10_000, budget=100.0)
    outcome = measure(PLAN, machine.agents(), how, machine.environment())
    assert 4.0 <= outcome.waited <= 10.0


def test_a_stop_ends_the_wait() -> None:
    machine = Machine(load=lambda _: 2.0)
    run(machine)
    before = Machine(load=lambda now: 2.0 if now > 1.0 else 0.0, stopped_at=0)
    assert run(before).waited == 0.0


def test_warm_up_and_calibration_do_not_wait() -> None:
    machine = Machine(load=lambda _: 2.0)
    run(machine, budget=0.9)
    assert machine.phase("warmup")
    assert machine.slept <= 0.05
