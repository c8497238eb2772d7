"""When a block ends: by precision, by rounds, by the budget; never by what it found."""

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_machine import Machine, block, cells, plan

from runner.measure import Ending, Outcome, Progress, estimate, expectation, measure
from runner.measure.stopping import StoppingState, unfinished
from runner.model import Arm, Cell, Measure, PastRound

PIPE, QUEUE, SIMPLE = cells("pipe", "queue", "simple_queue", placement="apart")
BLOCK = block("t", [PIPE, QUEUE])
BASELINE, CONTROL, OTHER = BLOCK.arms
PRECISE = Measure(precision=0.05)
FREE_PIPE, FREE_QUEUE = cells("pipe", "queue")
FREE = block("f", [FREE_PIPE, FREE_QUEUE])


def free(one: PastRound) -> PastRound:
    """Return the round as one of FREE."""
    rates = zip(FREE.arms, one.log_rates.values(), strict=True)
    return PastRound(one.session, dict(rates), one.disturbed)


def past(d: float, control: float = 0.0, session: int = 1) -> PastRound:
    return PastRound(session, {BASELINE: 0.0, CONTROL: control, OTHER: d})


def spread(width: float, count: int, middle: float = 0.0) -> list[PastRound]:
    """Rounds whose ratios lie evenly within ±width about the middle."""
    return [
        past(middle + width * math.cos(number * 2.4), width * math.sin(number * 2.4))
        for number in range(count)
    ]


def run(machine: Machine, how: Measure, *names: str) -> Outcome:
    one = block("t", cells(*(names or ("pipe", "queue")), placement="apart"))
    return measure(plan(one), machine.agents(), how, machine.environment())


def test_a_quiet_block_ends_at_the_first_look() -> None:
    outcome = run(Machine(noise=0.01), Measure(precision=0.05))
    assert outcome.ending is Ending.DONE
    (end,) = outcome.blocks
    assert (end.rounds, end.precise) == (12, True)
    assert end.half_width <= 0.05


def test_a_noisy_block_continues_until_it_is_precise() -> None:
    outcome = run(Machine(noise=0.12), Measure(precision=0.05))
    (end,) = outcome.blocks
    assert 20 <= end.rounds < 200
    assert end.rounds % 2 == 0
    assert (end.precise, end.half_width <= 0.05) == (True, True)


def test_a_block_too_noisy_ends_at_the_cap_and_says_so() -> None:
    outcome = run(Machine(noise=1.0), Measure(precision=0.02, rounds=33))
    assert outcome.ending is Ending.DONE
    (end,) = outcome.blocks
    assert (end.rounds, end.precise) == (33, False)
    assert end.half_width > 0.02
    assert outcome.departures == []


def test_comparisons_leave_one_by_one_and_baseline_and_control_stay() -> None:
    machine = Machine(noise=0.06, noises={SIMPLE: 0.2})
    outcome = run(machine, PRECISE, "pipe", "queue", "simple_queue")
    first, last = outcome.departures
    assert [one.left.arm for one in (first, last)] == [OTHER, Arm(SIMPLE)]
    assert first.left.rounds < last.left.rounds == outcome.blocks[0].rounds
    sizes = Counter(rows[0].round_size for rows in machine.rounds if rows[0].phase == "measure")
    assert sizes == {4: first.left.rounds, 3: last.left.rounds - first.left.rounds}
    later = [row.arm for row in machine.phase("measure") if row.round > first.left.rounds]
    assert set(later) == {BASELINE, CONTROL, Arm(SIMPLE)}
    assert all(len({row.arm for row in rows}) == len(rows) for rows in machine.rounds[4:])


def test_a_comparison_leaves_with_its_estimate_and_is_never_looked_at_again() -> None:
    rounds = [past(0.1 + 0.01 * math.cos(i)) for i in range(12)]
    state = StoppingState(BLOCK, PRECISE, rounds)
    (left,) = state.left
    assert (left.arm, left.rounds, left.counted) == (OTHER, 12, 12)
    assert left.interval.low <= 0.1 <= left.interval.high
    assert (state.open, state.precise, state.done) == ([], True, True)
    assert StoppingState(BLOCK, PRECISE, [*rounds, past(9.0), past(-9.0)]).left == [left]


@given(shift=st.floats(-3, 3), width=st.floats(0.001, 0.5), count=st.integers(0, 60))
@settings(deadline=None)
def test_near_1_where_the_interval_is_never_matters(shift: float, width: float, count: int) -> None:
    # Powers of two, so that adding the shift rounds nothing away; a tenth of it is below ln 1.05.
    shift, width = round(shift * 8) / 64, max(1, round(width * 64)) / 64
    rounds = [past(round(width * math.cos(i) * 256) / 256) for i in range(count)]
    moved = [past((one.log_rates[OTHER] or 0.0) + shift) for one in rounds]
    here, there = StoppingState(BLOCK, PRECISE, rounds), StoppingState(BLOCK, PRECISE, moved)
    if all(abs(one.interval.estimate) < 0.48 for one in (*here.left, *there.left)):
        assert (here.done, here.half_width) == (there.done, there.half_width)


def test_far_from_1_a_tenth_of_the_log_ratio_is_narrow_enough() -> None:
    wide = [past(-3.0 + 0.3 * math.cos(i)) for i in range(12)]
    assert StoppingState(BLOCK, PRECISE, wide).done
    near = [past(-0.3 + 0.3 * math.cos(i)) for i in range(12)]
    assert not StoppingState(BLOCK, PRECISE, near).done


def test_the_control_keeps_no_block_open() -> None:
    wild = [past(0.1, 2.0 * math.cos(i)) for i in range(12)]
    assert StoppingState(FREE, PRECISE, [free(one) for one in wild]).done


def test_bound_the_mean_of_baseline_and_control_is_the_baseline() -> None:
    noise = [0.12 * math.cos(2.4 * i) for i in range(12)]
    rounds = [PastRound(1, {BASELINE: d, CONTROL: -d, OTHER: 0.1}) for d in noise]
    assert StoppingState(BLOCK, PRECISE, rounds).done
    assert not StoppingState(FREE, PRECISE, [free(one) for one in rounds]).done


def test_a_baseline_of_two_modes_is_not_averaged() -> None:
    # Two modes a factor of two apart: the mean of both trials would be of neither.
    modes = [(0.0, 0.0), (0.0, -0.7), (-0.7, 0.0), (-0.7, -0.7)] * 5
    rounds = [PastRound(1, {BASELINE: a, CONTROL: b, OTHER: a + 0.1}) for a, b in modes]
    (left,) = StoppingState(BLOCK, PRECISE, rounds).left
    assert left.rounds == 12
    assert left.interval.half_width == pytest.approx(0.0)


def test_free_comparisons_take_a_fixed_number_of_rounds() -> None:
    how = Measure(free_rounds=17)
    assert free_rounds(how, 0.001) == free_rounds(how, 1.0) == 17
    assert free_rounds(Measure(), 0.001) == 12
    bound = StoppingState(BLOCK, how, [past(0.1)] * 12)
    assert bound.done


def free_rounds(how: Measure, width: float) -> int:
    state = StoppingState(FREE, how)
    for one in spread(width, 200):
        if state.done:
            break
        state.add(free(one))
    return len(state.rounds)


def test_rounds_in_which_an_arm_failed_do_not_count_for_its_comparison() -> None:
    rounds = [past(0.1)] * 11 + [PastRound(1, {BASELINE: 0.0, CONTROL: 0.0, OTHER: None})] * 6
    assert not StoppingState(BLOCK, PRECISE, rounds).done
    assert StoppingState(BLOCK, PRECISE, [*rounds, past(0.1)]).done


def test_disturbed_rounds_do_not_count_where_half_are_undisturbed() -> None:
    wild = [past(3.0 * math.cos(i))._replace(disturbed=True) for i in range(10)]
    calm = [past(0.1)._replace(disturbed=False)] * 12
    (left,) = StoppingState(BLOCK, PRECISE, wild + calm).left
    assert (left.rounds, left.counted) == (22, 12)
    assert left.interval.estimate == pytest.approx(0.1)
    assert not StoppingState(BLOCK, PRECISE, wild + calm[:8]).done


def test_looks_come_after_twelve_rounds_and_every_two() -> None:
    state = StoppingState(BLOCK, PRECISE, spread(1.0, 12))
    looks = []
    for number in range(13, 40):
        state.add(past(0.1))
        looks += [number] if state.done else []
    assert looks
    assert looks[0] % 2 == 0
    early = StoppingState(BLOCK, Measure(min_rounds=7), [past(0.1)] * 6)
    early.add(past(0.1))
    assert early.done


def test_intervals_are_shown_from_six_rounds_on_and_nothing_leaves_by_them() -> None:
    state = StoppingState(BLOCK, PRECISE, [past(0.1)] * 5)
    assert state.intervals == []
    state.add(past(0.1))
    (shown,) = state.intervals
    assert shown.excludes(0)
    assert (state.left, state.needed) == ([], StoppingState(BLOCK, PRECISE).needed)


def test_two_sessions_are_weighted_not_mixed() -> None:
    # Each session is calm about its own level; thrown together they would look wild.
    first = [past(0.0 + 0.01 * math.cos(i)) for i in range(12)]
    second = [past(1.0 + 0.01 * math.cos(i), session=2) for i in range(12)]
    assert StoppingState(BLOCK, PRECISE, first + second).precise


def test_a_session_too_short_for_bounds_adds_rounds_but_no_precision() -> None:
    rounds = [past(0.1 * i, session=i) for i in range(1, 31)]
    state = StoppingState(BLOCK, PRECISE, rounds)
    assert (state.precise, state.half_width) == (False, math.inf)


def test_rounds_that_brought_a_block_to_its_end_are_reported_from_those_left_over() -> None:
    done = [past(0.1, session=1)] * 12
    assert unfinished(BLOCK, PRECISE, done) == (1, [])
    left = [past(0.1, session=2)] * 7
    assert unfinished(BLOCK, PRECISE, done + left) == (1, left)
    finished = [past(0.1, session=3)] * 13
    assert unfinished(BLOCK, PRECISE, done + left + finished) == (2, [])


def test_needed_rounds_follow_the_width_after_the_first_look() -> None:
    state = StoppingState(BLOCK, Measure(precision=0.02))
    assert state.needed == 34
    for one in spread(0.05, 11):
        state.add(one)
    assert state.needed == 34
    state.add(spread(0.05, 12)[11])
    assert 12 < state.needed < 40


@pytest.mark.parametrize("budget", [0.0, 1.0, 7.3, 30.0])
def test_all_ends_within_the_budget_and_one_round(budget: float) -> None:
    machine = Machine(noise=0.5)
    outcome = run(machine, Measure(precision=0.001, budget=budget))
    one_round = 3 * 0.15
    assert outcome.ending is Ending.BUDGET
    assert budget <= machine.time <= budget + one_round
    assert (outcome.seconds, outcome.blocks[0].precise) == (machine.time, False)


@pytest.mark.parametrize("budget", [8.0, 12.0, 15.0, 25.0])
def test_the_budget_leaves_no_block_more_than_two_rounds_behind(budget: float) -> None:
    blocks = [block(name, [PIPE, QUEUE, SIMPLE]) for name in "abcdef"]
    machine = Machine(noise=0.02)
    how = Measure(precision=0.0001, budget=budget, warmup_rounds=1)
    measure(plan(*blocks), machine.agents(), how, machine.environment())
    counts = [machine.counts()[one.id] for one in blocks]
    assert max(counts) - min(counts) <= 2
    assert min(counts) >= budget / (6 * 4 * 0.115) - 3


def test_sessions_share_the_budget_and_the_pauses_cost_none_of_it() -> None:
    machine = Machine(noise=0.02)
    how = Measure(precision=0.0001, budget=30.0, sessions=3, pause=600.0)
    outcome = run(machine, how)
    assert outcome.sessions == (1, 2, 3)
    assert 1230.0 <= machine.time <= 1231.5
    ends = [max(i for i, row in enumerate(machine.rows) if row.session == n) for n in (1, 2, 3)]
    counts = [ends[0], ends[1] - ends[0], ends[2] - ends[1]]
    assert max(counts) - min(counts) <= 12


def test_sessions_are_measured_one_by_one_with_a_pause_between() -> None:
    machine = Machine(noise=0.01)
    outcome = run(machine, Measure(sessions=3, pause=600.0))
    assert (outcome.ending, outcome.sessions) == (Ending.DONE, (1, 2, 3))
    assert machine.slept == 1200.0
    for session in (1, 2, 3):
        rows = [row for row in machine.rows if row.session == session]
        phases = [(row.phase, row.round) for row in rows if row.trial == 1]
        measured = [("measure", number) for number in range(1, 13)]
        calibrated = [("calibration", 1), ("calibration", 2)] if session == 1 else []
        assert phases == [*calibrated, ("warmup", 1), ("warmup", 2), *measured]


def test_a_stop_breaks_the_pause() -> None:
    machine = Machine(noise=0.01)
    run(machine, Measure())
    impatient = Machine(noise=0.01, stopped_at=len(machine.trials))
    outcome = run(impatient, Measure(sessions=2, pause=600.0))
    assert (outcome.ending, outcome.sessions) == (Ending.INTERRUPTED, (1,))
    assert impatient.slept == 0.0
    assert impatient.counts() == machine.counts()


def test_a_block_with_nothing_to_compare_ends_at_the_least_rounds() -> None:
    machine = Machine()
    alone = block("alone", [PIPE])
    lone = type(alone)("lone", "transport", (Arm(QUEUE),))
    outcome = measure(plan(lone), machine.agents(), Measure(), machine.environment())
    assert (outcome.blocks[0].rounds, outcome.blocks[0].precise) == (12, True)


def test_the_estimate_comes_after_calibration_and_again_when_spreads_are_known() -> None:
    machine = Machine(noise=0.05)
    run(machine, Measure(precision=0.02))
    told = [
        (place, told) for place, (what, told) in enumerate(machine.heard) if what == "estimated"
    ]
    assert len(told) == 2
    first, second = told
    rounds_before = sum(what == "round_done" for what, _ in machine.heard[: second[0]])
    assert (first[0], rounds_before) == (2, 14)
    assert isinstance(first[1], float)
    assert first[1] == pytest.approx(36 * 3 * 0.109, rel=0.1)


def test_the_remaining_time_runs_out_with_the_rounds() -> None:
    machine = Machine(noise=0.04, seed=4)
    run(machine, Measure(precision=0.02), "pipe", "queue", "simple_queue")
    told = [told for what, told in machine.heard if what == "round_done"]
    left = [one.remaining for one in told if isinstance(one, Progress)]
    assert left[-1] == 0.0
    assert left[0] > left[len(left) // 2] > left[-1]
    real = machine.time
    assert left[20] == pytest.approx(real - 20 * 4 * 0.109, rel=0.8)


def test_the_estimate_before_the_run_is_near_what_it_takes() -> None:
    a_plan = plan(block("a", [PIPE, QUEUE]), block("b", [SIMPLE, QUEUE]))
    how = Measure(rounds=60, min_rounds=60, sessions=2, pause=100.0)
    machine = Machine()
    measure(a_plan, machine.agents(), how, machine.environment())
    known = dict.fromkeys((PIPE, QUEUE, SIMPLE), 250_000.0)
    assert estimate(a_plan, how, known) == pytest.approx(machine.time, rel=0.2)
    assert estimate(a_plan, how) == pytest.approx(machine.time, rel=0.2)
    assert estimate(a_plan, Measure(sessions=2, pause=100.0, budget=5.0)) == 105.0


def test_what_a_precision_takes_is_reported_beside_what_the_budget_allows() -> None:
    a_plan = plan(block("a", [PIPE, QUEUE]))
    usual = expectation(a_plan, Measure(precision=0.05, budget=60.0))
    assert (usual.rounds, usual.within) == (12, True)
    fine = expectation(a_plan, Measure(precision=0.01, budget=30.0))
    assert (fine.rounds, fine.within, fine.allowed) == (134, False, 30.0)
    assert fine.wished == pytest.approx(136 / 14 * usual.wished, rel=0.1)
    limited = expectation(a_plan, Measure(precision=0.01, rounds=100))
    assert limited.allowed == pytest.approx(100 / 134 * limited.wished, rel=0.05)


def test_a_precision_that_takes_a_little_more_than_is_allowed_is_likely_reached() -> None:
    a_plan = plan(block("a", [PIPE, QUEUE]))
    wished = expectation(a_plan, Measure()).wished
    nearly, hardly = (
        expectation(a_plan, Measure(budget=part * wished)).within for part in (0.97, 0.9)
    )
    assert (nearly, hardly) == (True, False)


@pytest.mark.parametrize(
    ("baseline", "other", "how", "rounds"),
    [
        (PIPE, QUEUE, Measure(precision=0.03), 16),
        (PIPE, QUEUE, Measure(precision=0.03, free_rounds=20), 16),
        (PIPE, FREE_QUEUE, Measure(precision=0.03), 61),
        (FREE_PIPE, QUEUE, Measure(precision=0.03), 61),
        (FREE_PIPE, FREE_QUEUE, Measure(precision=0.03), 61),
        (FREE_PIPE, FREE_QUEUE, Measure(precision=0.03, free_rounds=20), 20),
        (FREE_PIPE, FREE_QUEUE, Measure(precision=0.03, free_rounds=20, rounds=15), 15),
        (FREE_PIPE, FREE_QUEUE, Measure(free_rounds=6), 12),
    ],
)
def test_rounds_are_planned_by_placement(
    baseline: Cell, other: Cell, how: Measure, rounds: int
) -> None:
    """Bound ratios spread half as much as free ones, and what is free may have fixed rounds."""
    one = block("b", [baseline, other])
    assert StoppingState(one, how).needed == rounds


def test_an_estimate_knows_that_comparisons_leave_one_by_one() -> None:
    """Three of four arms go on for 61 rounds, the bound comparison leaves after 16."""
    together = PIPE._replace(placement="together")
    mixed = plan(block("m", [PIPE, together, FREE_PIPE], "placement"))
    trials, a_trial = 3 * 61 + 16 + 2 * 4, 20_700 / 250_000 + 0.015
    expected = trials * a_trial + 3 * (0.08 + 2 * 0.015)
    assert estimate(mixed, Measure(precision=0.03)) == pytest.approx(expected)


def test_an_estimate_knows_that_fixed_counts_and_slow_cells_take_longer() -> None:
    seeds = [cell._replace(messages="1000000") for cell in (PIPE, QUEUE)]
    fixed = estimate(plan(block("s", seeds)), Measure(), {PIPE: 1e6, QUEUE: 1e5})
    assert fixed == pytest.approx(12 * (1 + 1 + 10), rel=0.05)


def test_an_estimate_knows_that_a_jit_warms_up_for_a_second() -> None:
    a_plan = plan(block("a", [PIPE, QUEUE]))
    how = Measure(rounds=60, min_rounds=60)
    compiling = replace(a_plan, compiling=frozenset([PIPE.python]))
    others = replace(a_plan, compiling=frozenset(["2.7"]))
    # 3 trials in each of 62 rounds, and 2 of the calibration of each cell.
    longer = estimate(compiling, how) - estimate(a_plan, how)
    assert longer == pytest.approx(62 * 3 + 2 * 2)
    assert estimate(others, how) == estimate(a_plan, how)


MILLION = block("m", [cell._replace(messages="1000000") for cell in (PIPE, QUEUE)])


@pytest.mark.parametrize(("seconds", "rounds"), [(30.0, 6), (100.0, 9)])
def test_a_block_of_a_fixed_number_ends_when_it_was_timed_for_so_long(
    seconds: float, rounds: int
) -> None:
    """Three trials of four seconds are a round; fewer than six have no interval."""
    machine = Machine()
    how = Measure(precision=0.001, rounds=20, block_time=seconds)
    both = plan(MILLION, BLOCK)
    outcome = measure(both, machine.agents(), how, machine.environment())
    assert machine.counts() == {"m": rounds, "t": 20}
    assert outcome.ending is Ending.DONE
    assert all(0 < end.half_width < math.inf and not end.precise for end in outcome.blocks)
    told = [told for what, told in machine.heard if what == "round_done"]
    assert isinstance(told[-1], Progress)
    assert (told[-1].begun, told[-1].remaining) == (1.0, 0.0)
    known = dict.fromkeys((PIPE, QUEUE), 250_000.0)
    assert estimate(both, how, known) == pytest.approx(machine.time, rel=0.15)


def test_a_block_that_was_timed_for_so_long_is_at_its_end_when_a_run_is_resumed() -> None:
    rates = dict.fromkeys(MILLION.arms, math.log(250_000.0))
    rounds = [PastRound(1, {**rates})] * 6
    how = Measure(block_time=60.0)
    assert unfinished(MILLION, how, rounds) == (1, [])
    assert unfinished(MILLION, how, rounds[:5]) == (0, rounds[:5])
    assert unfinished(MILLION, Measure(), rounds) == (0, rounds)
