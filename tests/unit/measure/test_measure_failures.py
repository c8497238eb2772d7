"""A cell that fails is data; one that fails too often is given up and named."""

from dataclasses import replace

import pytest
from simulated_machine import Machine, block, cells, plan

from runner.errors import EnvironmentLacksError
from runner.measure import Ending, measure
from runner.measure.failures import LOSSES, Failures, Losses, gist
from runner.model import Cell, History, Measure, PastRound, Record, Row, Status, Trial

PIPE, QUEUE, SIMPLE = cells("pipe", "queue", "simple_queue")
PLAN = plan(block("t", [PIPE, QUEUE, SIMPLE]), block("u", [PIPE, QUEUE]))
TEN = Measure(rounds=10, min_rounds=10)


def after(cell: Cell, count: int, status: Status) -> Machine:
    """A machine on which `cell` fails once it has run `count` times."""
    machine = Machine()

    def fail(trial: Trial) -> Status | None:
        ran = sum(one.cell == cell for one in machine.trials)
        return status if trial.cell == cell and ran > count else None

    machine.fail = fail
    return machine


@pytest.mark.parametrize(
    ("statuses", "given_up"),
    [
        ("failed failed", False),
        ("failed failed failed", True),
        ("crashed oom corrupt", True),
        ("failed failed ok failed", False),
        ("timeout", False),
        ("timeout timeout", True),
        ("timeout failed timeout", True),
        ("timeout ok timeout", False),
        ("unsupported", True),
        ("lost lost lost lost", False),
        ("failed lost failed", False),
        ("failed lost failed lost failed", True),
        ("timeout lost timeout", True),
    ],
)
def test_three_failures_two_timeouts_or_one_unsupported_in_a_row(
    statuses: str, given_up: bool
) -> None:
    failures = Failures({})
    for status in statuses.split():
        failures.note(PIPE, Record(Status(status), "why"))
    assert (PIPE in failures.given_up) is given_up


def test_a_cell_is_given_up_once_with_the_first_line_of_the_last_detail() -> None:
    failures = Failures({})
    told = [failures.note(PIPE, Record(Status.CRASHED, f"signal {n}\nmore")) for n in range(5)]
    assert told == ["", "", "3 failures in a row, the last crashed: signal 2", "", ""]


TRACEBACK = 'Traceback (most recent call last):\n  File "runner/harness/roles.py", line 7, in run\n'


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("", ""),
        ("signal 11\nmore", "signal 11"),
        (
            f"{TRACEBACK}    send()\nOSError: [Errno 28] No space left\n",
            "OSError: [Errno 28] No space left",
        ),
        (f"{TRACEBACK}pkg.Odd: one\nof several lines", "pkg.Odd: one"),
        (
            f"{TRACEBACK}KeyError: 1\n\nDuring handling …:\n\n{TRACEBACK}ValueError: 2\n",
            "ValueError: 2",
        ),
        (f"crashed: signal 6; stderr:\n{TRACEBACK}KeyError: 1", "crashed: signal 6; stderr:"),
        (TRACEBACK, ""),
    ],
)
def test_what_is_warned_of_a_detail(detail: str, told: str) -> None:
    assert gist(detail) == told


def test_rounds_continue_without_a_cell_that_was_given_up() -> None:
    machine = after(SIMPLE, 8, Status.CRASHED)
    outcome = measure(PLAN, machine.agents(), TEN, machine.environment())
    assert outcome.ending is Ending.DONE
    sizes = [
        (rows[0].round_size, len(rows))
        for rows in machine.rounds
        if rows[0].block.id == "t" and rows[0].phase == "measure"
    ]
    assert sizes[0] == (4, 4)
    assert sizes[-1] == (3, 3)
    failed = [row for row in machine.rows if row.record.status is Status.CRASHED]
    assert [row.arm.cell for row in failed] == [SIMPLE] * 3
    reason = "3 failures in a row, the last crashed: it is crashed"
    assert outcome.given_up == {SIMPLE: reason}
    assert ("gave_up", (SIMPLE, reason)) in machine.heard
    assert machine.counts() == {"t": 10, "u": 10}


def test_a_cell_that_never_works_is_given_up_while_calibrated_and_its_trials_are_kept() -> None:
    machine = Machine(failing={QUEUE: Status.FAILED})
    outcome = measure(PLAN, machine.agents(), TEN, machine.environment())
    assert [row.record.status for row in machine.rows if row.arm.cell == QUEUE] == [
        Status.FAILED
    ] * 3
    assert {row.phase for row in machine.rows if row.arm.cell == QUEUE} == {"calibration"}
    assert list(outcome.given_up) == [QUEUE]
    assert machine.counts() == {"t": 10, "u": 10}


def test_without_its_baseline_a_block_continues_with_the_others() -> None:
    machine = after(PIPE, 9, Status.TIMEOUT)
    outcome = measure(PLAN, machine.agents(), TEN, machine.environment())
    assert list(outcome.given_up) == [PIPE]
    assert machine.counts() == {"t": 10, "u": 10}
    assert {row.arm.cell for row in machine.rows[-2:]} <= {QUEUE, SIMPLE}


def test_when_every_cell_fails_it_ends_at_once() -> None:
    machine = Machine(failing=dict.fromkeys((PIPE, QUEUE, SIMPLE), Status.FAILED))
    how = Measure(sessions=3, pause=600.0)
    outcome = measure(PLAN, machine.agents(), how, machine.environment())
    assert outcome.ending is Ending.DONE
    assert (len(machine.trials), machine.slept) == (9, 0.0)
    assert set(outcome.given_up) == {PIPE, QUEUE, SIMPLE}
    assert {end.block.id: end.rounds for end in outcome.blocks} == {"t": 0, "u": 0}


def test_a_cell_that_fails_now_and_then_stays() -> None:
    machine = Machine()
    machine.fail = lambda trial: (
        Status.CORRUPT if trial.cell == QUEUE and len(machine.trials) % 3 == 0 else None
    )
    outcome = measure(PLAN, machine.agents(), TEN, machine.environment())
    assert outcome.given_up == {}
    assert Status.CORRUPT in {row.record.status for row in machine.phase("measure")}


def lost_rounds(machine: Machine) -> list[list[Row]]:
    return [
        list(rows)
        for rows in machine.rounds
        if any(row.record.status is Status.LOST for row in rows)
    ]


def test_lost_trials_of_an_earlier_session_do_not_give_a_cell_up() -> None:
    assert Failures({PIPE: [Status.LOST] * 5}).given_up == {}


def test_rounds_with_a_lost_trial_stay_in_the_journal_and_are_measured_again() -> None:
    machine = Machine()
    machine.fail = lambda trial: (
        Status.LOST if trial.cell == QUEUE and len(machine.trials) % 3 == 0 else None
    )
    outcome = measure(PLAN, machine.agents(), TEN, machine.environment())
    assert (outcome.ending, outcome.given_up) == (Ending.DONE, {})
    lost = [rows[0].block.id for rows in lost_rounds(machine) if rows[0].phase == "measure"]
    assert set(lost) == {"t", "u"}
    wanted = {name: 10 + lost.count(name) for name in ("t", "u")}
    assert machine.counts() == wanted
    assert {end.block.id: end.rounds for end in outcome.blocks} == {"t": 10, "u": 10}
    keys = [(rows[0].block.id, rows[0].phase, rows[0].round) for rows in machine.rounds]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("since", [0, 40])
def test_ten_lost_rounds_in_a_row_end_the_run_and_are_kept(since: int) -> None:
    machine = after(QUEUE, since, Status.LOST)
    with pytest.raises(EnvironmentLacksError, match=r"10 rounds in a row.*it is lost.*--resume"):
        measure(PLAN, machine.agents(), Measure(min_rounds=20), machine.environment())
    lost = [row for row in machine.rows if row.record.status is Status.LOST]
    assert {row.arm.cell for row in lost} == {QUEUE}
    assert {row.phase for row in lost} == {"measure" if since else "calibration"}
    assert lost[-1] is [row for row in machine.rows if row.arm.cell == QUEUE][-1]
    assert len({row.round for row in lost}) == (LOSSES if since else 1)


def test_one_whole_round_begins_the_count_of_lost_rounds_again() -> None:
    losses, lost, ok = Losses(), Record(Status.LOST, "gone"), Record(Status.OK)
    for _ in range(LOSSES - 1):
        losses.note([ok, lost])
    assert losses.in_a_row == LOSSES - 1
    losses.note([ok, ok])
    losses.note([lost])
    losses.check()
    assert losses.in_a_row == 1


def test_an_ok_without_a_time_is_a_mistake_of_the_agent() -> None:
    class Timeless(Machine):
        def run_trial(self, trial: Trial) -> Record:
            return Record(Status.OK, messages=trial.messages)

    machine = Timeless()
    with pytest.raises(RuntimeError, match="without its duration"):
        measure(PLAN, machine.agents(), TEN, machine.environment())


def test_trials_during_which_the_machine_was_stopped_do_not_count_and_are_run_again() -> None:
    machine = Machine()

    def stop_now_and_then(_: Trial) -> None:
        if len(machine.trials) in (1, 40, 57):
            machine.gone += 3600.0

    machine.fail = stop_now_and_then
    outcome = measure(PLAN, machine.agents(), TEN, machine.environment())
    lost = [row.record for row in machine.rows if row.record.status is Status.LOST]
    assert {record.detail for record in lost} == {
        "the machine, or this program, was stopped for 3600.0 s in its round"
    }
    assert {(record.seconds, record.messages) for record in lost} == {(None, 0)}
    spoilt = [row for row in machine.rows if row.record in lost]
    assert len({(row.block.id, row.phase, row.round) for row in spoilt}) == 3
    assert (outcome.ending, outcome.away) == (Ending.DONE, 3 * 3600.0)
    assert [end.rounds for end in outcome.blocks] == [10, 10]


def test_a_cell_without_its_interpreter_stays_unavailable_though_the_machine_was_stopped() -> None:
    machine = Machine(failing={QUEUE: Status.UNAVAILABLE})
    away = iter(range(0, 10**6, 60))
    machine.away = lambda: float(next(away))  # type: ignore[method-assign]
    with pytest.raises(EnvironmentLacksError, match="stopped for 60"):
        measure(PLAN, machine.agents(), TEN, machine.environment())
    told = {row.record.status for row in machine.rows if row.arm.cell == QUEUE}
    assert told <= {Status.UNAVAILABLE}


@pytest.mark.parametrize(
    ("how", "failing", "unreached", "measured"),
    [
        (TEN, {}, [], True),
        (replace(TEN, budget=0.005), {}, ["t", "u"], False),
        (replace(TEN, budget=0.9, min_rounds=1, warmup_rounds=0), {}, ["t"], True),
        (TEN, dict.fromkeys((PIPE, QUEUE, SIMPLE), Status.FAILED), [], False),
        (TEN, dict.fromkeys((PIPE, QUEUE), Status.CRASHED), [], True),
    ],
)
def test_the_outcome_says_what_was_not_measured(
    how: Measure, failing: dict[Cell, Status], unreached: list[str], measured: bool
) -> None:
    machine = Machine(failing=failing)
    outcome = measure(PLAN, machine.agents(), how, machine.environment())
    assert [block.id for block in outcome.unreached] == unreached
    assert outcome.measured is measured


def test_what_earlier_sessions_measured_counts_as_measured() -> None:
    rounds = {"t": [PastRound(1, dict.fromkeys(PLAN.blocks[0].arms, 1.0))], "u": []}
    short = replace(TEN, budget=0.005)
    machine = Machine()
    outcome = measure(PLAN, machine.agents(), short, machine.environment(), History(1, rounds))
    assert ([block.id for block in outcome.unreached], outcome.measured) == (["u"], True)
