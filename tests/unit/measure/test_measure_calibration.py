"""Message counts: found quickly, at any rate, once for a cell."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_machine import Machine, block, cells, plan

from runner.measure import Ending, measure
from runner.measure.calibration import (
    Doubling,
    Speed,
    Speeds,
    block_counts,
    trial,
    verify_count,
    warm_up_count,
)
from runner.model import Arm, Cell, History, Measure, Status

PIPE, QUEUE, MANAGER = cells("pipe", "queue", "manager_queue")
SHORT = Measure(rounds=1, min_rounds=1, warmup_rounds=0)


@given(rate=st.floats(10, 1e7), start=st.integers(1, 2_000_000), jump=st.floats(0.5, 2))
@settings(max_examples=300)
def test_two_long_trials_in_a_row_end_it_at_any_rate(rate: float, start: int, jump: float) -> None:
    doubling = Doubling(start, target=0.08)
    lasted: list[float] = []
    count = 0
    while not doubling.done:
        count = doubling.count
        assert 20 <= count <= 2_000_000
        lasted.append(count / rate * (jump if len(lasted) % 2 else 1))
        doubling.note(lasted[-1])
    assert len(lasted) <= 25
    assert len(lasted) == 25 or min(lasted[-2:]) >= 0.05 or count == 2_000_000


def test_a_steady_cell_begun_at_the_least_count_takes_seven_trials_at_most() -> None:
    doubling, trials = Doubling(20, target=0.08), 0
    while not doubling.done:
        doubling.note(doubling.count / 1e7)
        trials += 1
    assert trials <= 7


def test_the_threshold_goes_with_the_target() -> None:
    doubling = Doubling(100, target=8.0)
    doubling.note(4.9)
    doubling.note(4.9)
    assert not doubling.done
    doubling.note(5.0)
    doubling.note(5.0)
    assert doubling.done


def test_a_guess_that_was_far_too_high_is_lowered_for_the_second_trial() -> None:
    doubling = Doubling(1_000_000, target=0.08)
    doubling.note(4.0)
    assert doubling.count == 20_000


@pytest.mark.parametrize(
    ("known", "count"),
    [
        (None, 20),
        (Cell("3.11", "pipe", "str:100"), 20),
        (QUEUE._replace(python="3.6"), 50),
        (PIPE._replace(workers=4), 5000),
        (PIPE._replace(python="3.6"), 15000),
        (PIPE._replace(messages="1000"), 15000),
        (PIPE._replace(topology="request_reply"), 50),
        (QUEUE._replace(topology="request_reply"), 50),
    ],
)
def test_calibration_begins_near_what_is_known_of_the_cells_like(
    known: Cell | None, count: int
) -> None:
    speeds = Speeds()
    if known:
        speeds.learn(known, Speed(250_000.0, 0.02))
    assert speeds.start(PIPE, 0.08) == count


def test_an_earlier_sessions_rate_is_where_the_next_begins_not_its_result() -> None:
    speeds = Speeds()
    speeds.learn(PIPE, Speed(250_000.0, 0.02))
    speeds.new_session()
    assert not speeds.knows(PIPE)
    assert speeds.start(PIPE, 0.08) == 15000


def test_round_trips_a_thousand_times_slower_than_a_stream_are_no_hang() -> None:
    """Threads hand 20 million references a second to each other, and 20 thousand to and fro."""
    speeds, settings = Speeds(), Measure(target=0.06)
    there = Cell("3.13", "thread_deque", "bytes:100")
    speeds.learn(there, Speed(20e6, 0.02))
    doubling = Doubling(speeds.start(there._replace(topology="request_reply"), 0.06), 0.06)
    lasted = []
    while not doubling.done:
        lasted.append(doubling.count / 20e3)
        doubling.note(lasted[-1])
    assert max(lasted) < 5 * settings.target
    assert len(lasted) <= 4


def speed(rates: Mapping[Cell, float]) -> Callable[[Cell], Speed]:
    return lambda cell: Speed(rates[cell], 0.02)


def test_every_cell_of_a_block_is_timed_equally_long() -> None:
    rates = {PIPE: 300_000.0, QUEUE: 250_000.0, MANAGER: 10_000.0}
    counts = block_counts(rates, speed(rates), Measure(target=0.08))
    assert counts == {PIPE: 24_000, QUEUE: 20_000, MANAGER: 800}


def test_a_cell_that_the_least_count_would_keep_too_long_moves_fewer() -> None:
    rates = {PIPE: 300_000.0, MANAGER: 10.0}
    counts = block_counts(rates, speed(rates), Measure(target=0.08, slowest=10))
    assert counts == {PIPE: 24_000, MANAGER: 8}


def test_a_fixed_number_of_messages_is_kept() -> None:
    fixed = PIPE._replace(messages="10000")
    assert block_counts([fixed], speed({fixed: 5.0}), Measure()) == {fixed: 10_000}


@pytest.mark.parametrize(
    ("count", "warm_up", "verify"),
    [
        (8, 1, 5),
        (20, 2, 5),
        (1500, 187, 15),
        (20_000, 500, 200),
        (1_000_000, 500, 200),
        (5000, 500, 50),
    ],
)
def test_warm_up_and_check_stay_shorter_than_what_is_measured(
    count: int, warm_up: int, verify: int
) -> None:
    assert (warm_up_count(count), verify_count(count)) == (warm_up, verify)


@pytest.mark.parametrize(
    ("settings", "count", "timeout"),
    [
        (Measure(), 20_000, 5.0),
        (Measure(target=1.0), 20_000, 20.0),
        (Measure(timeout=3.0), 20_000, 3.0),
        (Measure(), 1_000_000, 40.028),
    ],
)
def test_a_trials_timeout_allows_a_slow_one(settings: Measure, count: int, timeout: float) -> None:
    assert trial(PIPE, count, 250_000.0, settings).timeout == pytest.approx(timeout)


def test_every_cell_is_calibrated_once_though_blocks_share_it() -> None:
    other = cells("pipe", "queue", python="3.6")
    blocks = [
        block("t:3.11", [PIPE, QUEUE]),
        block("t:3.6", other),
        block("p:pipe", [PIPE, other[0]], "python"),
        block("p:queue", [QUEUE, other[1]], "python"),
    ]
    machine = Machine()
    measure(plan(*blocks), machine.agents("3.11", "3.6"), SHORT, machine.environment())
    calibrated = [rows[0].arm.cell for rows in machine.rounds if rows[0].phase == "calibration"]
    assert sorted(calibrated) == sorted([PIPE, QUEUE, *other])
    assert all(rows[0].round_size == len(rows) for rows in machine.rounds)
    assert len(machine.phase("calibration")) <= 4 * 4


def test_cells_that_differ_only_in_fixed_counts_are_calibrated_together() -> None:
    seeds = [[cell._replace(messages=n) for cell in (PIPE, QUEUE)] for n in ("1000", "10000")]
    machine = Machine()
    measure(
        plan(*(block(str(place), pair) for place, pair in enumerate(seeds))),
        machine.agents(),
        SHORT,
        machine.environment(),
    )
    assert {row.arm.cell.transport for row in machine.phase("calibration")} == {"pipe", "queue"}
    assert sum(row.trial == 1 for row in machine.phase("calibration")) == 2
    measured = {(row.arm.cell, row.record.messages) for row in machine.phase("measure")}
    assert measured == {(cell, int(cell.messages)) for pair in seeds for cell in pair}


@pytest.mark.parametrize("rate", [10.0, 1e3, 1e5, 1e7])
def test_trials_last_about_the_target_at_any_rate(rate: float) -> None:
    machine = Machine(rates={PIPE: rate, QUEUE: rate}, noise=0.0)
    outcome = measure(
        plan(block("b", [PIPE, QUEUE])), machine.agents(), SHORT, machine.environment()
    )
    assert outcome.ending is Ending.DONE
    least = 0.9 * (0.8 if rate == 10.0 else 0.08)
    for row in machine.phase("measure"):
        assert row.record.seconds is not None
        assert least * 0.98 <= row.record.seconds <= least * 1.25


def test_a_guess_that_times_out_is_tried_again_with_the_least_count() -> None:
    slow = MANAGER._replace(payload="int")
    machine = Machine(rates={PIPE: 1e7, slow: 300.0}, noise=0.0)
    outcome = measure(
        plan(block("b", [PIPE, slow])), machine.agents(), SHORT, machine.environment()
    )
    statuses = [row.record.status for row in machine.phase("calibration") if row.arm.cell == slow]
    assert statuses == [Status.TIMEOUT, Status.OK, Status.OK]
    assert outcome.given_up == {}


def test_a_resumed_run_calibrates_in_two_trials_a_cell() -> None:
    machine = Machine(noise=0.0)
    history = History(1, rates={PIPE: 250_000.0, QUEUE: 250_000.0})
    measure(
        plan(block("b", [PIPE, QUEUE])), machine.agents(), SHORT, machine.environment(), history
    )
    assert [row.arm for row in machine.phase("calibration")] == [Arm(PIPE)] * 2 + [Arm(QUEUE)] * 2
    assert {row.session for row in machine.rows} == {2}
