"""The same matrix and seed give the same rows in the same order, from version to version."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from simulated_machine import Killed, Machine, block, cells, plan

from runner.measure import Outcome, measure
from runner.model import History, Measure, Plan, Status, Trial
from runner.runfolder.journal import encode, header
from runner.runfolder.rounds import history_of, read_trials

PIPE, QUEUE, SIMPLE, MANAGER = cells("pipe", "queue", "simple_queue", "manager_queue")
OLD_PIPE, OLD_QUEUE = cells("pipe", "queue", python="2.7")
MIXED = plan(
    block("t:3.11", [PIPE, QUEUE, SIMPLE]),
    block("t:2.7", [OLD_PIPE, OLD_QUEUE]),
    block("p:pipe", [PIPE, OLD_PIPE], "python"),
)
FIXED = PIPE._replace(messages="3000")
SLOW = plan(block("s", [PIPE, QUEUE, SIMPLE, MANAGER, FIXED]))
RATES = {PIPE: 300_000.0, QUEUE: 90_000.0, SIMPLE: 20_000.0, MANAGER: 1_500.0, OLD_PIPE: 400_000.0}
HOW = Measure(rounds=30, min_rounds=10, seed=7)


def fails(trial: Trial) -> Status | None:
    if trial.cell == SIMPLE and trial.messages % 3 == 0:
        return Status.FAILED
    return Status.LOST if trial.cell == OLD_QUEUE and trial.messages % 13 == 0 else None


CASES: dict[str, tuple[Plan, Measure, Callable[[], Machine]]] = {
    "one session": (MIXED, HOW, lambda: Machine(RATES)),
    "another seed": (MIXED, replace(HOW, seed=8), lambda: Machine(RATES)),
    "noisy, three sessions": (
        MIXED,
        replace(HOW, sessions=3, pause=60.0, budget=90.0),
        lambda: Machine(RATES, noise=0.3),
    ),
    "parts": (SLOW, replace(HOW, target=0.5), lambda: Machine(RATES, noise=0.02)),
    "budget": (MIXED, replace(HOW, budget=20.0), lambda: Machine(RATES, noise=0.5)),
    "failures": (MIXED, HOW, lambda: Machine(RATES, fail=fails)),
    "baseline gone": (MIXED, HOW, lambda: Machine(RATES, failing={PIPE: Status.CRASHED})),
    "load": (
        MIXED,
        replace(HOW, budget=60.0),
        lambda: Machine(RATES, load=lambda now: 0.5 if now % 7 < 3 else 0.1),
    ),
    "stopped": (MIXED, HOW, lambda: Machine(RATES, stopped_at=133)),
}
DIGESTS = {
    "one session": "eeba023242f79819",
    "another seed": "b875f3f7448a5e63",
    "noisy, three sessions": "5848b70265431d9e",
    "parts": "a1cf3e30dcd9fe52",
    "budget": "f23a31bc054f0688",
    "failures": "683317b7ed19205a",
    "baseline gone": "26d2d82477ca8b25",
    "load": "dc9aacd6a04c17ee",
    "stopped": "869e7331684d5963",
    "killed, resumed": "b4bf3ff15277b732",
}


def text_of(machine: Machine, outcome: Outcome | None) -> str:
    """Return the trials in their order, and how the blocks ended; no float's last digit."""
    lines = [
        f"{row.session} {row.phase} {row.block.id} {row.round}/{row.round_size} {row.trial} "
        f"{row.arm} {row.record.messages} {row.record.status}"
        for row in machine.rows
    ]
    if outcome:
        lines += [f"{outcome.ending.value} {outcome.sessions} {sorted(outcome.given_up.items())}"]
        lines += [f"{end.block.id} {end.rounds} {end.precise}" for end in outcome.blocks]
    return "\n".join(lines)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", CASES)
def test_the_rows_are_those_of_before(name: str) -> None:
    planned, how, make = CASES[name]
    machine = make()
    outcome = measure(planned, machine.agents("2.7", "3.11"), how, machine.environment())
    assert digest(text_of(machine, outcome)) == DIGESTS[name]


def test_what_continues_after_a_kill_has_the_rows_of_before(tmp_path: Path) -> None:
    first, second = Machine(RATES, killed_at=101), Machine(RATES, seed=2)
    how = replace(HOW, sessions=2, pause=5.0)
    with pytest.raises(Killed):
        measure(MIXED, first.agents("2.7", "3.11"), how, first.environment())
    outcome = measure(
        MIXED, second.agents("2.7", "3.11"), how, second.environment(), _kept(first, tmp_path)
    )
    assert digest(text_of(first, None) + text_of(second, outcome)) == DIGESTS["killed, resumed"]


def _kept(machine: Machine, folder: Path) -> History:
    path = folder / "box.csv"
    path.write_bytes(header() + b"".join(encode(rows, "box") for rows in machine.rounds))
    return history_of(read_trials(path), 0.25)
