"""A run that goes on: nothing is measured twice, nothing complete is lost."""

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_machine import Killed, Machine, block, cells, plan

from runner.measure import Ending, Outcome, measure
from runner.model import History, Measure, Status
from runner.runfolder.journal import encode, header
from runner.runfolder.rounds import gaps, history_of, read_trials

PIPE, QUEUE, SIMPLE = cells("pipe", "queue", "simple_queue")
OLD_PIPE, OLD_QUEUE = cells("pipe", "queue", python="2.7")
PLAN = plan(
    block("t:3.11", [PIPE, QUEUE]),
    block("t:2.7", [OLD_PIPE, OLD_QUEUE]),
    block("p:pipe", [PIPE, OLD_PIPE], "python"),
)
TEN = Measure(rounds=10, min_rounds=10)


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal") / "box.csv"


def history(path: Path, *machines: Machine) -> History:
    """What the journal says of what the machines' sinks were handed."""
    rounds = [rows for machine in machines for rows in machine.rounds]
    path.write_bytes(header() + b"".join(encode(rows, "box") for rows in rounds))
    table = read_trials(path)
    assert table.truncated is None
    return history_of(table, 0.25)


def run(machine: Machine, how: Measure, history: History | None = None) -> Outcome:
    agents = machine.agents("2.7", "3.11")
    return measure(PLAN, agents, how, machine.environment(), history)


@given(at=st.integers(0, 160))
@settings(max_examples=50, deadline=None)
@pytest.mark.slow
def test_killed_and_resumed_every_block_gets_its_rounds_exactly_once(at: int, trials: Path) -> None:
    first, second = Machine(killed_at=at), Machine(seed=2)
    with suppress(Killed):
        run(first, TEN)
    outcome = run(second, TEN, history(trials, first))
    assert first.counts() + second.counts() == Counter(
        dict.fromkeys(("t:3.11", "t:2.7", "p:pipe"), 10)
    )
    assert outcome.ending is Ending.DONE
    assert {end.rounds for end in outcome.blocks} == {10}
    assert {row.session for row in first.rows} <= {1}
    assert {row.session for row in second.rows} <= ({2} if first.rows else {1})


@given(kills=st.lists(st.integers(0, 60), min_size=2, max_size=6))
@settings(max_examples=25, deadline=None)
@pytest.mark.slow
def test_killed_again_and_again_nothing_is_done_twice(kills: list[int], trials: Path) -> None:
    machines = []
    for seed, at in enumerate(kills):
        machines.append(Machine(seed=seed, killed_at=at))
        past = history(trials, *machines[:-1])
        with suppress(Killed):
            run(machines[-1], TEN, past)
        counts = sum((machine.counts() for machine in machines), Counter[str]())
        whole = [counts[one.id] for one in PLAN.blocks]
        assert max(whole) - min(whole) <= 5
    machines.append(Machine(seed=99))
    run(machines[-1], TEN, history(trials, *machines[:-1]))
    counts = sum((machine.counts() for machine in machines), Counter[str]())
    assert set(counts.values()) == {10}


def test_a_finished_run_is_not_touched(trials: Path) -> None:
    first, second = Machine(), Machine()
    run(first, TEN)
    outcome = run(second, TEN, history(trials, first))
    assert (second.trials, outcome.sessions, outcome.ending) == ([], (), Ending.DONE)
    assert {end.rounds for end in outcome.blocks} == {10}


def test_more_rounds_than_before_are_added_to_what_there_is(trials: Path) -> None:
    first, second = Machine(), Machine()
    run(first, TEN)
    run(second, Measure(rounds=25, min_rounds=25), history(trials, first))
    assert set(second.counts().values()) == {15}


def test_only_cells_of_unfinished_blocks_are_calibrated(trials: Path) -> None:
    first, second = Machine(), Machine()
    run(first, TEN)
    past = history(trials, first)
    rounds = {name: rounds for name, rounds in past.rounds.items() if name != "t:2.7"}
    run(second, TEN, History(1, rounds))
    assert {row.arm.cell for row in second.phase("calibration")} == {OLD_PIPE, OLD_QUEUE}
    assert second.counts() == {"t:2.7": 10}


def test_sessions_that_were_whole_are_not_repeated(trials: Path) -> None:
    how = Measure(rounds=10, min_rounds=10, sessions=3, pause=600.0)
    whole = Machine()
    run(whole, TEN)
    first, second = Machine(killed_at=len(whole.trials) + 50), Machine()
    with suppress(Killed):
        run(first, how)
    broken_off = Counter(rows[0].block.id for rows in first.rounds if rows[0].session == 2)
    assert broken_off
    outcome = run(second, how, history(trials, first))
    assert outcome.sessions == (3, 4)
    assert first.counts() + second.counts() == Counter(
        dict.fromkeys(("t:3.11", "t:2.7", "p:pipe"), 30)
    )
    assert second.slept == 600.0


def test_a_cell_given_up_before_is_not_tried_again() -> None:
    machine = Machine()
    history = History(4, failures={QUEUE: [Status.CRASHED] * 3, PIPE: [Status.CRASHED] * 2})
    outcome = run(machine, TEN, history)
    assert QUEUE not in {trial.cell for trial in machine.trials}
    assert outcome.given_up == {
        QUEUE: "3 failures in a row, the last crashed in an earlier session"
    }
    assert {row.session for row in machine.rows} == {5}


@pytest.mark.parametrize(("killed_at", "begun"), [(190, 1), (320, 2)])
def test_a_split_block_continues_in_the_parts_it_had(
    killed_at: int, begun: int, trials: Path
) -> None:
    slow = cells("pipe", *(f"t{number}" for number in range(30)))
    wide = plan(block("w", slow))
    first = Machine(killed_at=killed_at)
    with suppress(Killed):
        measure(wide, first.agents(), TEN, first.environment())
    parts = {row.block.id: set(row.block.arms) for row in first.phase("measure")}
    assert len(parts) == begun
    # The cells take another time now: today the block would be split in another way.
    second = Machine(rates=dict.fromkeys(slow[5:], 600_000.0))
    measure(wide, second.agents(), TEN, second.environment(), history(trials, first))
    for row in second.phase("measure"):
        if row.block.id in parts:
            assert set(row.block.arms) == parts[row.block.id]
    assert set((first.counts() + second.counts()).values()) == {10}
    covered = {arm for row in first.rows + second.rows for arm in row.block.arms}
    assert covered == set(wide.blocks[0].arms)


def test_who_left_leaves_no_gap_and_is_not_measured_again(trials: Path) -> None:
    baseline, quiet, wild = cells("pipe", "queue", "simple_queue", placement="apart")
    one = plan(block("t", [baseline, quiet, wild]))
    how = Measure(rounds=40)
    first = Machine(noise=0.01, noises={wild: 0.5}, killed_at=100)
    with pytest.raises(Killed):
        measure(one, first.agents(), how, first.environment())
    past = history(trials, first)
    table = read_trials(trials)
    assert list(gaps(table, how.warmup_rounds, {})) == []
    sizes = table.frame[table.frame["phase"] == "measure"].groupby("round")["round_size"].first()
    assert sizes.tolist() == [4] * 12 + [3] * (len(sizes) - 12)
    assert len(sizes) > 12
    second = Machine(noise=0.01, noises={wild: 0.5}, seed=2)
    outcome = measure(one, second.agents(), how, second.environment(), past)
    assert {row.arm.cell for row in second.phase("measure")} == {baseline, wild}
    assert [left.left.arm.cell for left in outcome.departures] in ([], [wild])
    assert outcome.blocks[0].rounds == 40
