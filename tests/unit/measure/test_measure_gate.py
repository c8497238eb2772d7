"""The gate: it costs nothing on a quiet machine, and little on one that is never quiet."""

import os
from pathlib import Path

import pytest
from simulated_machine import Machine, block, cells, plan

from runner.measure import ForeignCpu, Outcome, measure
from runner.model import Measure

PLAN = plan(block("t", cells("pipe", "queue")))
TICK = os.sysconf("SC_CLK_TCK")


def run(machine: Machine, **how: float) -> Outcome:
    settings = Measure(rounds=20, min_rounds=20, **how)  # type: ignore[arg-type]
    return measure(PLAN, machine.agents(), settings, machine.surroundings())


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
    outcome = measure(PLAN, machine.agents(), how, machine.surroundings())
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


class Proc:
    """A /proc of our own: this process, one child, and everybody else."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = 100.0
        (root / str(os.getpid()) / "task" / str(os.getpid())).mkdir(parents=True)
        (root / "77" / "task" / "77").mkdir(parents=True)
        (root / str(os.getpid()) / "task" / str(os.getpid()) / "children").write_text("77 ")
        (root / "77" / "task" / "77" / "children").write_text("")
        self.set(0, 0, 0)

    def set(self, busy: float, own: float, child: float) -> None:
        """Set the CPU seconds used so far by all, by this process, and by its child's dead."""
        ticks = f"cpu  {int(busy * TICK)} 0 0 5000 600 0 0 900 0 0\ncpu0 0 0\n"
        (self.root / "stat").write_text(ticks)
        before = "S 1 1 1 0 -1 4194304 100 0 0 0"
        own_ticks, child_ticks = int(own * TICK), int(child * TICK)
        me = f"{os.getpid()} (py (x) y) {before} {own_ticks} 0 0 0 20 0 1"
        (self.root / str(os.getpid()) / "stat").write_text(me)
        (self.root / "77" / "stat").write_text(f"77 (agent) {before} 0 0 {child_ticks} 0 20 0 1")

    def meter(self) -> ForeignCpu:
        return ForeignCpu(proc=self.root, now=lambda: self.now)


def test_foreign_cpu_is_what_is_busy_less_our_own_tree(tmp_path: Path) -> None:
    proc = Proc(tmp_path)
    meter = proc.meter()
    assert meter() is None
    proc.now += 2.0
    proc.set(busy=3.0, own=0.5, child=1.5)
    assert meter() == pytest.approx(0.5)


def test_a_window_too_short_for_ticks_gives_the_reading_before(tmp_path: Path) -> None:
    proc = Proc(tmp_path)
    meter = proc.meter()
    meter()
    proc.now += 1.0
    proc.set(busy=1.0, own=0.0, child=0.0)
    assert meter() == pytest.approx(1.0)
    proc.now += 0.3
    proc.set(busy=1.0, own=0.0, child=0.0)
    assert meter() == pytest.approx(1.0)
    proc.now += 0.7
    assert meter() == pytest.approx(0.0)


def test_a_dead_agent_does_not_count_as_negative_load(tmp_path: Path) -> None:
    proc = Proc(tmp_path)
    proc.set(busy=10.0, own=1.0, child=9.0)
    meter = proc.meter()
    meter()
    (tmp_path / "77" / "stat").unlink()
    proc.now += 1.0
    assert meter() == 0.0


def test_without_a_proc_the_load_is_unknown(tmp_path: Path) -> None:
    assert ForeignCpu(proc=tmp_path)() is None


def test_this_machines_own_load_is_measured() -> None:
    clock = iter([0.0, 1.0])
    meter = ForeignCpu(now=lambda: next(clock))
    assert meter() is None
    foreign = meter()
    assert foreign is None or 0.0 <= foreign <= (os.cpu_count() or 1) * 100
