"""Rounds and passes: every arm once, in an order that the seed alone decides, in balance."""

import math
from contextlib import suppress
from itertools import groupby, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_machine import Killed, Machine, block, cells, plan

from runner.measure import Ending, Outcome, measure
from runner.measure.measuring import pass_order
from runner.measure.rounds import RoundPlace
from runner.model import Arm, History, Measure, Plan, Record, Status, Trial

PIPE, QUEUE, SIMPLE = cells("pipe", "queue", "simple_queue")
OLD_PIPE, OLD_QUEUE = cells("pipe", "queue", python="2.7")
ONE = plan(block("t", [PIPE, QUEUE, SIMPLE]))
FOUR = plan(
    block("t:3.11", [PIPE, QUEUE]),
    block("t:2.7", [OLD_PIPE, OLD_QUEUE]),
    block("p:pipe", [PIPE, OLD_PIPE], "python"),
    block("p:queue", [QUEUE, OLD_QUEUE], "python"),
)
TEN = Measure(rounds=10, min_rounds=10)


def run(
    a_plan: Plan, machine: Machine, how: Measure = TEN, history: History | None = None
) -> Outcome:
    return measure(a_plan, machine.agents("2.7", "3.11"), how, machine.environment(), history)


def test_every_round_runs_every_arm_once_and_numbers_them() -> None:
    machine = Machine()
    run(ONE, machine)
    for rows in machine.rounds:
        if rows[0].phase == "calibration":
            continue
        assert {row.arm for row in rows} == set(ONE.blocks[0].arms)
        assert [row.trial for row in rows] == [1, 2, 3, 4]
        assert {row.round_size for row in rows} == {4}
    numbers = [rows[0].round for rows in machine.rounds if rows[0].phase == "measure"]
    assert numbers == list(range(1, 11))


def test_the_first_rounds_of_a_block_are_warm_up_and_do_not_count() -> None:
    machine = Machine()
    run(FOUR, machine)
    phases = {
        one.id: [rows[0].phase for rows in machine.rounds if rows[0].block.id == one.id]
        for one in FOUR.blocks
    }
    for seen in phases.values():
        assert [phase for phase in seen if phase != "calibration"] == ["warmup"] * 2 + [
            "measure"
        ] * 10


def test_all_cells_of_a_round_are_timed_equally_long() -> None:
    machine = Machine(rates={QUEUE: 25_000.0}, noise=0.0)
    run(ONE, machine)
    rounds = [rows for rows in machine.rounds if rows[0].phase == "measure"]
    spans = [[row.record.seconds or 0.0 for row in rows] for rows in rounds]
    assert all(max(each) - min(each) < 0.001 for each in spans)
    assert len({row.record.messages for rows in rounds for row in rows}) > 2 * 5


def test_a_warm_up_round_corrects_how_many_messages_are_moved_and_no_later_one_does() -> None:
    machine = Machine(rates={PIPE: 250_000.0, QUEUE: 250_000.0}, noise=0.0)
    known = History(rates={PIPE: 50_000.0, QUEUE: 500_000.0, SIMPLE: 250_000.0})
    run(ONE, machine, history=known)
    assert not machine.phase("calibration")
    first, *others = machine.rounds
    assert [row.phase for row in first] == ["warmup"] * len(first)
    seconds = {row.arm.cell: row.record.seconds or 0.0 for row in first}
    assert seconds[PIPE] == pytest.approx(0.08 / 5, rel=0.15)
    assert seconds[QUEUE] == pytest.approx(0.08 * 2, rel=0.15)
    for rows in others:
        for row in rows:
            assert row.record.seconds == pytest.approx(0.08, rel=0.15)


def test_a_warm_up_round_moves_no_million() -> None:
    machine = Machine(noise=0.0)
    run(plan(block("m", [cell._replace(messages="1000000") for cell in (PIPE, QUEUE)])), machine)
    assert {row.record.messages for row in machine.phase("measure")} == {1_000_000}
    assert {row.record.messages for row in machine.phase("warmup")} == {20_000}


def test_consecutive_trials_of_one_interpreter_are_one_request() -> None:
    machine = Machine()
    run(FOUR, machine)
    asked = [size for _, size in machine.requests]
    expected = [
        len(list(batch))
        for rows in machine.rounds
        if rows[0].phase != "calibration"
        for _, batch in groupby(row.arm.cell.python for row in rows)
    ]
    calibrations = len(machine.phase("calibration"))
    assert asked[calibrations:] == expected
    assert 3 in expected
    assert asked[:calibrations] == [1] * calibrations


def test_the_same_seed_gives_the_same_order_and_another_one_another() -> None:
    def order(seed: int, noise_seed: int) -> list[tuple[str, Arm]]:
        machine = Machine(seed=noise_seed)
        run(FOUR, machine, Measure(rounds=10, min_rounds=10, seed=seed))
        return [(row.block.id, row.arm) for row in machine.rows if row.phase != "calibration"]

    assert order(1, 1) == order(1, 2)
    assert order(1, 1) != order(2, 1)


def test_the_order_is_that_of_the_documented_draws() -> None:
    assert pass_order(7, 1, 1, "abcde") == ["a", "e", "b", "d", "c"]
    assert pass_order(7, 1, 2, "edcba") == ["b", "a", "e", "d", "c"]
    place = RoundPlace(1, block("a", [PIPE, QUEUE]), "measure", 3)
    baseline, control, other = place.block.arms
    assert place.order(7, place.block.arms) == [baseline, control, other]
    assert place.jitter(7) == Random("7/1/measure/a/3/jitter").uniform(0.9, 1.1)
    assert place.jitter(7) == 1.0231156504417813


@given(st.integers(), st.integers(1, 9), st.integers(1, 200))
def test_jitter_stays_within_a_tenth(seed: int, session: int, number: int) -> None:
    place = RoundPlace(session, FOUR.blocks[0], "measure", number)
    assert 0.9 <= place.jitter(seed) <= 1.1


def test_each_arm_takes_each_place_of_a_round_about_as_often() -> None:
    one = ONE.blocks[0]
    arms = one.arms
    draws = [RoundPlace(1, one, "measure", number).order(0, arms) for number in range(4000)]
    for place, arm in product(range(4), arms):
        assert 880 <= sum(draw[place] == arm for draw in draws) <= 1120


@given(at=st.integers(0, 500), least=st.integers(1, 14))
@settings(max_examples=60, deadline=None)
def test_killed_at_any_trial_the_blocks_are_within_one_pass(at: int, least: int) -> None:
    machine = Machine(killed_at=at)
    how = Measure(rounds=30, min_rounds=least, precision=0.0001)
    with suppress(Killed):
        run(FOUR, machine, how)
    counts = [machine.counts()[one.id] for one in FOUR.blocks]
    assert max(counts) - min(counts) <= max(2, math.ceil(least / 2))
    assert all(len(rows) == rows[0].round_size for rows in machine.rounds)


@given(at=st.integers(0, 500))
@settings(max_examples=40, deadline=None)
def test_a_stop_ends_it_after_the_request_under_way(at: int) -> None:
    machine = Machine(stopped_at=at)
    outcome = run(FOUR, machine, Measure(rounds=40, min_rounds=40))
    assert outcome.ending is Ending.INTERRUPTED
    assert at <= len(machine.trials) < at + 4
    assert {end.block.id: end.rounds for end in outcome.blocks} == {
        one.id: machine.counts()[one.id] for one in FOUR.blocks
    }


def test_a_round_that_went_wrong_while_a_stop_came_is_not_kept() -> None:
    whole = Machine()
    run(ONE, whole)
    hit = len([row for row in whole.rows if row.phase != "measure"]) + 2
    machine = Machine(stopped_at=hit)
    machine.fail = lambda _: Status.CRASHED if len(machine.trials) == hit else None
    outcome = run(ONE, machine)
    assert outcome.ending is Ending.INTERRUPTED
    assert machine.phase("measure") == []


def test_ctrl_c_within_a_trial_keeps_what_was_complete() -> None:
    class Impatient(Machine):
        def run_trial(self, trial: Trial) -> Record:
            if len(self.trials) == 60:
                raise KeyboardInterrupt
            return super().run_trial(trial)

    machine = Impatient()
    outcome = run(ONE, machine, Measure(rounds=40, min_rounds=40))
    assert outcome.ending is Ending.INTERRUPTED
    assert outcome.blocks[0].rounds == machine.counts()["t"] > 5
    assert outcome.seconds == machine.time


def test_the_load_of_others_before_a_round_is_in_its_rows() -> None:
    machine = Machine(load=lambda now: round(now, 3) / 1000)
    run(ONE, machine)
    loads = [{row.foreign_cpu for row in rows} for rows in machine.rounds]
    assert all(len(load) == 1 for load in loads)
    assert len({load.pop() for load in loads}) == len(machine.rounds)
