"""What every executor promises, whatever it starts agents in: the same cases over each place.

Another executor joins by one entry in PLACES.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from containers import containers, kill_in_engine, left_in_engine

from runner import process
from runner.executors.base import Agent, Executor
from runner.executors.local import MARK, LocalExecutor
from runner.machine import interpreters
from runner.model import Cell, Record, Status, Trial

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The interpreter in which cases run that need no certain one."""
SLACK = 5.0
"""Seconds beyond a trial's time-out within which it must have been answered (issue: Harness)."""


class Place(NamedTuple):
    """Where agents are started: a fresh executor, the murder of its agents, what it left.

    `together` are the interpreters that are tried there side by side.
    """

    executor: Callable[[str, Sequence[str]], AbstractContextManager[Executor]]
    kill: Callable[[], None]
    left: Callable[[], frozenset[int]]
    together: Callable[[], Sequence[str]]


@cache
def found() -> Mapping[str, Path]:
    listed = interpreters.find(timeout=20.0)
    return {one.name: Path(one.path) for one in listed if not one.broken and not one.duplicate}


def children() -> frozenset[int]:
    return process.descendants(os.getpid())


def left_here() -> frozenset[int]:
    """Return what is still there of us, be its parents living or not."""
    return children() | process.marked(f"{MARK}={os.getpid():08}-")


def kill_agents() -> None:
    """Kill the agents, not what they started: that must not outlive them."""
    everyone = children()
    below = {pid for one in everyone for pid in process.descendants(one)}
    for pid in everyone - below:
        os.kill(pid, signal.SIGKILL)


def edges() -> Sequence[str]:
    """Return the oldest, our own and the newest: images of this machine are all made alike."""
    names = list(found())
    return list(dict.fromkeys((names[0], HERE, names[-1])))


PLACES = {
    "local": Place(
        lambda invocation, _: LocalExecutor(found(), invocation),
        kill_agents,
        left_here,
        lambda: list(found()),
    ),
    "docker": Place(
        lambda invocation, names: containers({name: found()[name] for name in names}, invocation),
        kill_in_engine,
        left_in_engine,
        edges,
    ),
}


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def place(request: pytest.FixtureRequest) -> Place:
    return PLACES[request.param]


@pytest.fixture
def executor(place: Place) -> Iterator[Executor]:
    before = place.left()
    with place.executor("forked", [HERE]) as opened:
        yield opened
    assert place.left() - before == set()


@pytest.fixture
def agent(executor: Executor) -> Agent:
    return opened(executor, HERE)


def opened(executor: Executor, python: str) -> Agent:
    agent = executor.open([python])[python]
    assert not isinstance(agent, str), agent
    return agent


def trial(
    transport: str = "pipe", fault: str = "", messages: int = 500, timeout: float = 20.0
) -> Trial:
    cell = Cell(HERE, transport)
    return Trial(cell, messages, warmup=100, verify=50, timeout=timeout, fault=fault)


def statuses(records: list[Record]) -> list[str]:
    return [record.status.value for record in records]


def test_an_agent_says_what_it_can_do_and_no_trials_give_no_records(agent: Agent) -> None:
    told = agent.describe()
    assert told.version.startswith(f"{HERE}.")
    assert told.transports["pipe"] == told.payloads["int"] == told.topologies["one_to_one"] == ""
    assert told.start_methods[told.default_start_method] == ""
    assert agent.describe() is told
    assert agent.run([]) == []


@pytest.mark.parametrize("invocation", ["forked", "fresh"])
def test_every_trial_has_one_record_in_order(place: Place, invocation: str) -> None:
    with place.executor(invocation, [HERE]) as executor:
        agent = opened(executor, HERE)
        records = agent.run(
            [trial(messages=300), trial("queue", messages=400), trial(messages=500)]
        )
    assert [(record.status, record.messages) for record in records] == [
        (Status.OK, 300),
        (Status.OK, 400),
        (Status.OK, 500),
    ]
    assert all(record.seconds and record.join_seconds for record in records)


WRONG = [
    ("worker:raise", "failed", "RuntimeError"),
    ("producer:raise", "failed", "RuntimeError"),
    ("worker:kill", "crashed", "signal 9"),
    ("worker:exit", "crashed", "3"),
    ("producer:kill", "crashed", "signal 9"),
    ("producer:lose", "corrupt", ""),
]
"""Faults, the statuses that come of them, and what the details say."""


def test_a_trial_that_goes_wrong_is_data_and_the_others_continue(agent: Agent) -> None:
    trials = [one for fault, _, _ in WRONG for one in (trial(fault=fault), trial("queue"))]
    records = agent.run([trial(), *trials])
    assert statuses(records) == ["ok", *(one for _, wrong, _ in WRONG for one in (wrong, "ok"))]
    for record, (fault, _, detail) in zip(records[1::2], WRONG, strict=True):
        assert record.detail, fault
        assert detail in record.detail, fault


def test_a_trial_that_hangs_is_a_timeout_and_the_others_go_on(agent: Agent) -> None:
    hanging = [trial(one, "worker:hang", timeout=1.0) for one in ("pipe", "queue")]
    records = agent.run([hanging[0], trial(), hanging[1], trial()])
    assert statuses(records) == ["timeout", "ok"] * 2
    for one in records[::2]:
        assert one.wall_seconds is None or one.wall_seconds <= 1.0 + SLACK


def test_a_transport_that_is_not_there_is_no_end_of_the_agent(agent: Agent) -> None:
    for transport in ("no_such_transport", ""):
        records = agent.run([trial(transport), trial()])
        assert records[0].status in (Status.UNSUPPORTED, Status.FAILED)
        assert records[0].detail
        assert records[1].status is Status.OK


def test_a_killed_agent_is_replaced_for_the_next_request(place: Place, agent: Agent) -> None:
    assert statuses(agent.run([trial()])) == ["ok"]
    place.kill()
    later = statuses(agent.run([trial(), trial()]))
    assert later in (["ok", "ok"], ["crashed", "ok"])  # it may die while it takes the request


def test_an_agent_killed_in_a_trial_costs_that_trial_only(place: Place, agent: Agent) -> None:
    def murder(*_: object) -> None:
        place.kill()

    previous = signal.signal(signal.SIGALRM, murder)
    signal.setitimer(signal.ITIMER_REAL, 1.5)
    try:
        records = agent.run([trial(fault="worker:hang"), trial()])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert statuses(records) == ["crashed", "ok"]


def test_an_interrupt_in_a_trial_leaves_nothing(place: Place) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = place.left()
    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        with place.executor("forked", [HERE]) as executor:
            agent = opened(executor, HERE)
            signal.setitimer(signal.ITIMER_REAL, 1.0)
            with pytest.raises(KeyboardInterrupt):
                agent.run([trial(fault="worker:hang")])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert place.left() - before == set()


def test_a_probe_has_an_answer_and_one_that_is_not_there_is_an_error_and_no_end(
    agent: Agent,
) -> None:
    told = agent.probe("queue_feeder_thread", 20.0)
    assert told.answer == "yes", told
    assert told.detail
    assert agent.probe("no_such_probe", 20.0).answer == "error"
    assert statuses(agent.run([trial()])) == ["ok"]


def test_a_name_that_is_not_to_be_had_has_a_reason_and_facts_are_of_those_that_are(
    executor: Executor,
) -> None:
    agents = executor.open([HERE, "3.99"])
    assert isinstance(agents["3.99"], str)
    assert "3.99" in agents["3.99"]
    assert not isinstance(agents[HERE], str)
    told = executor.facts()
    assert set(told) == {HERE}
    assert told[HERE]["executor"] == executor.name
    assert str(Path.home()) + "/" not in str(told)


@pytest.mark.interpreters
def test_interpreters_answer_side_by_side(place: Place) -> None:
    names = place.together()
    before = place.left()
    with place.executor("forked", names) as executor:
        agents = executor.open(names)
        for name, agent in agents.items():
            assert not isinstance(agent, str), agent
            assert agent.describe().version.startswith(name.removeprefix("pypy").rstrip("t"))
        for agent in agents.values():
            assert not isinstance(agent, str)
            assert statuses(agent.run([trial(), trial("queue")])) == ["ok", "ok"]
    assert place.left() - before == set()
