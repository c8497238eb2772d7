"""Rounds and sessions are watched from outside: before the first trial, and after the last."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from simulated_machine import Killed, Machine, block, cells, plan

from runner.errors import EnvironmentLacksError
from runner.measure import Watch, measure
from runner.model import Conditions, Measure

PLAN = plan(block("t", cells("pipe", "queue")))
SETTINGS = Measure(rounds=20, min_rounds=20, sessions=2, pause=5.0)


class Seen(Watch):
    """Notes when it is asked, which must never be while a trial runs."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.seen: list[tuple[str, int, float]] = []
        self.cpu: list[float] = []

    def _note(self, what: str) -> None:
        assert not self.machine.in_trial
        self.seen.append((what, len(self.machine.trials), self.machine.time))

    def session_begins(self, session: int, pause: Callable[[float], None]) -> None:
        self._note(f"session {session}")
        pause(1.0)

    def session_ends(self, session: int) -> None:
        self._note(f"end of {session}")

    def round_begins(self) -> None:
        self._note("begin")

    def round_ends(self, cpu_seconds: float) -> Conditions:
        self._note("end")
        self.cpu.append(cpu_seconds)
        return Conditions(steal=float(len(self.cpu)))

    def of_sessions(self) -> list[str]:
        return [what for what, _, _ in self.seen if "session" in what or " of " in what]


def watched(machine: Machine, settings: Measure = SETTINGS, watch: Seen | None = None) -> Seen:
    watch = watch or Seen(machine)
    environment = replace(machine.environment(), watch=watch)
    measure(PLAN, machine.agents(), settings, environment)
    return watch


def test_every_round_is_enclosed_and_its_rows_hold_what_was_seen() -> None:
    machine = Machine()
    watch = watched(machine)
    looks = [(what, trials) for what, trials, _ in watch.seen if what in ("begin", "end")]
    spans = list(zip(looks[::2], looks[1::2], strict=True))
    assert all((begin[0], end[0]) == ("begin", "end") for begin, end in spans)
    assert [end[1] - begin[1] for begin, end in spans] == [len(rows) for rows in machine.rounds]
    told = [{row.conditions.steal for row in rows} for rows in machine.rounds]
    assert told == [{float(number)} for number in range(1, len(machine.rounds) + 1)]


def test_every_session_is_looked_at_before_its_first_trial_and_after_its_last() -> None:
    machine = Machine()
    watch = watched(machine)
    assert watch.of_sessions() == ["session 1", "end of 1", "session 2", "end of 2"]
    assert watch.seen[0] == ("session 1", 0, 0.0)
    assert watch.seen[-1][1] == len(machine.trials)


@pytest.mark.parametrize("stopped_at", [3, 40])
def test_a_session_that_is_stopped_is_looked_at_afterwards_too(stopped_at: int) -> None:
    watch = watched(Machine(stopped_at=stopped_at))
    assert watch.of_sessions() == ["session 1", "end of 1"]


def test_a_session_that_breaks_is_looked_at_afterwards_too() -> None:
    machine = Machine(killed_at=30)
    watch = Seen(machine)
    with pytest.raises(Killed):
        measure(PLAN, machine.agents(), SETTINGS, replace(machine.environment(), watch=watch))
    assert watch.of_sessions() == ["session 1", "end of 1"]


def test_a_session_that_breaks_and_cannot_be_looked_at_says_what_broke_it() -> None:
    class Blind(Seen):
        def session_ends(self, session: int) -> None:
            message = f"nor can the end of {session} be noted"
            raise EnvironmentLacksError(message)

    machine = Machine(killed_at=30)
    with pytest.raises(Killed):
        watched(machine, watch=Blind(machine))
    whole = Machine()
    with pytest.raises(EnvironmentLacksError, match="end of 1"):
        watched(whole, watch=Blind(whole))


def test_without_a_watch_all_is_unknown_and_nothing_waits() -> None:
    machine = Machine()
    measure(PLAN, machine.agents(), replace(SETTINGS, sessions=1), machine.environment())
    assert {row.conditions for row in machine.rows} == {Conditions()}
    assert machine.slept == 0.0
