import json
from collections import deque
from collections.abc import Sequence
from typing import Any

import pytest

from runner.errors import EnvironmentLacksError
from runner.executors import wire
from runner.executors.guard import AgentEnding, Channel, GuardedAgent, StartError
from runner.model import Cell, ProbeAnswer, Record, Status, Trial

CELL = Cell("3.11", "pipe")
READY = {"ready": True, "protocol": 2, "pid": 1}
DESCRIBE = {
    "describe": {
        "version": "3.11.7",
        "implementation": "CPython",
        "transports": {},
        "payloads": {},
        "topologies": {},
        "start_methods": {},
        "placements": {},
        "probes": {},
        "default_start_method": "fork",
        "rules": [],
        "facts": {},
        "registry": {"transport": [{"name": "pipe", "label": "Pipe", "summary": "a duplex pipe"}]},
    }
}
MARK = wire.MARK.encode()
HANG, GONE = object(), object()
CRASH = AgentEnding(Status.CRASHED, "was killed by SIGSEGV", "stack")


def trial(number: int) -> Trial:
    return Trial(CELL, messages=number, warmup=0, verify=0, timeout=1.0)


def done(request: str, place: int) -> dict[str, object]:
    empty: dict[str, object] = dict.fromkeys(
        (
            "send_seconds",
            "join_seconds",
            "cpu_user_seconds",
            "cpu_system_seconds",
            "voluntary_switches",
            "involuntary_switches",
            "peak_rss_kib",
            "peak_rss_sum_kib",
            "wall_seconds",
        )
    )
    record: dict[str, object] = {
        "status": "ok",
        "detail": "",
        "messages": 5,
        "seconds": 0.5,
        **empty,
    }
    record |= {"per_worker": [], "latency": {}, "quarter_seconds": [], "bound_to": "", "facts": {}}
    return {"id": request, "trial": place, "record": record}


class Script:
    """A channel that says what it was given; HANG never answers, GONE is the end of the stream."""

    def __init__(self, *said: object, ending: AgentEnding = CRASH) -> None:
        self.said = deque([READY, DESCRIBE, *said])
        self.ending = ending
        self.heard: list[dict[str, Any]] = []
        self.dead = False
        self.patience: float | None = None

    def alive(self) -> bool:
        return not self.dead

    def send(self, data: bytes, deadline: float) -> None:  # noqa: ARG002
        self.heard.append(json.loads(data))

    def receive(self, deadline: float) -> bytes:  # noqa: ARG002
        said = self.said.popleft() if self.said else GONE
        if said is HANG:
            raise TimeoutError
        if said is GONE:
            return b""
        if isinstance(said, bytes):
            return said
        return b"\n" + MARK + json.dumps(said).encode() + b"\n"

    def end(self, patience: float = 0.0) -> AgentEnding:
        self.dead = True
        self.patience = patience
        return self.ending


def agent_of(*channels: Script | StartError) -> GuardedAgent:
    waiting = deque(channels)

    def start() -> Channel:
        channel = waiting.popleft()
        if isinstance(channel, StartError):
            raise channel
        return channel

    return GuardedAgent("3.11", start, "forked")


def statuses(records: Sequence[Record]) -> list[str]:
    return [record.status.value for record in records]


def test_every_trial_has_its_record_in_order() -> None:
    script = Script(done("1", 0), done("1", 1), {"id": "1", "end": True})
    records = agent_of(script).run([trial(1), trial(2)])
    assert statuses(records) == ["ok", "ok"]
    assert [request["op"] for request in script.heard] == ["describe", "run"]
    assert not script.dead


def test_no_trials_make_no_request() -> None:
    assert agent_of().run([]) == []


def test_a_trial_whose_agent_dies_is_crashed_and_the_rest_runs_in_a_fresh_one() -> None:
    first = Script(done("1", 0), GONE)
    second = Script(done("2", 0), {"id": "2", "end": True})
    records = agent_of(first, second).run([trial(1), trial(2), trial(3)])
    assert statuses(records) == ["ok", "crashed", "ok"]
    assert records[1].detail == "the agent was killed by SIGSEGV\nstack"
    assert first.dead
    assert first.patience == 1.0
    assert [one["messages"] for one in second.heard[1]["trials"]] == [3]


def test_a_trial_whose_agent_hangs_is_a_timeout_with_the_end_of_stderr() -> None:
    first = Script(HANG)
    second = Script(done("2", 0), {"id": "2", "end": True})
    records = agent_of(first, second).run([trial(1), trial(2)])
    assert statuses(records) == ["timeout", "ok"]
    assert records[0].detail == "the agent did not answer in time, and was killed\nstack"
    assert first.patience == 0.0


def test_an_agent_that_writes_nonsense_fails_its_trial_and_is_replaced() -> None:
    records = agent_of(
        Script(MARK + b"{hello\n"), Script(done("2", 0), {"id": "2", "end": True})
    ).run([trial(1), trial(2)])
    assert statuses(records) == ["failed", "ok"]
    assert "'{hello'" in records[0].detail


@pytest.mark.parametrize("answer", [done("9", 0), done("1", 1), {"id": "1", "end": True}, READY])
def test_an_answer_that_was_not_due_fails_the_trial(answer: object) -> None:
    script = Script(answer)
    assert statuses(agent_of(script).run([trial(1)])) == ["failed"]
    assert script.dead


def test_a_channel_that_is_lost_says_so() -> None:
    ending = AgentEnding(Status.LOST, "went away with its engine", "")
    records = agent_of(Script(HANG, ending=ending)).run([trial(1)])
    assert statuses(records) == ["lost"]
    assert records[0].detail == "the agent went away with its engine"


def test_an_agent_out_of_memory_says_so() -> None:
    ending = AgentEnding(Status.OOM, "was killed for its memory", "")
    assert statuses(agent_of(Script(GONE, ending=ending)).run([trial(1)])) == ["oom"]


def test_records_stay_when_the_agent_dies_after_the_last() -> None:
    dying = Script(done("1", 0), GONE)
    fresh = Script(done("2", 0), {"id": "2", "end": True})
    agent = agent_of(dying, fresh)
    assert statuses(agent.run([trial(1)])) == ["ok"]
    assert dying.dead
    assert statuses(agent.run([trial(1)])) == ["ok"]


def test_an_agent_that_died_idle_is_replaced_before_the_trial() -> None:
    idle = Script()
    agent = agent_of(idle, Script(done("1", 0), {"id": "1", "end": True}))
    agent.describe()
    idle.dead = True
    assert statuses(agent.run([trial(1)])) == ["ok"]


def test_trials_whose_agent_cannot_start_again_get_its_reason() -> None:
    agent = agent_of(Script(GONE), StartError("no engine", Status.LOST))
    records = agent.run([trial(1), trial(2), trial(3)])
    assert statuses(records) == ["crashed", "lost", "lost"]
    assert records[2].detail == "no engine"


def test_a_refused_request_fails_its_trials_and_keeps_the_agent() -> None:
    script = Script(
        {"id": "1", "error": "no such invocation"}, done("2", 0), {"id": "2", "end": True}
    )
    agent = agent_of(script)
    records = agent.run([trial(1), trial(2)])
    assert statuses(records) == ["failed", "failed"]
    assert records[1].detail == "the harness refused the request: no such invocation"
    assert statuses(agent.run([trial(1)])) == ["ok"]


def test_an_agent_interrupted_in_a_request_is_not_asked_again() -> None:
    class Interrupted(Script):
        def receive(self, deadline: float) -> bytes:
            if not self.said:
                raise KeyboardInterrupt
            return super().receive(deadline)

    interrupted = Interrupted()
    agent = agent_of(interrupted, Script(done("2", 0), {"id": "2", "end": True}))
    with pytest.raises(KeyboardInterrupt):
        agent.run([trial(1)])
    assert statuses(agent.run([trial(1)])) == ["ok"]
    assert interrupted.dead


def test_describe_is_asked_once() -> None:
    script = Script()
    agent = agent_of(script)
    assert agent.describe() is agent.describe()
    assert script.heard == [{"op": "describe"}]


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (StartError("no such file"), "no such file"),
        (
            Script(ending=AgentEnding(Status.CRASHED, "exited with code 1", "SyntaxError")),
            "SyntaxError",
        ),
    ],
)
def test_a_harness_that_does_not_start_lacks_in_the_environment(
    start: Script | StartError, reason: str
) -> None:
    if isinstance(start, Script):
        start.said.clear()
    with pytest.raises(EnvironmentLacksError, match=reason):
        agent_of(start).describe()


def test_a_probe_is_answered() -> None:
    answer = {"answer": "no", "detail": "it ends", "figures": {"seconds": 0.1}}
    told = agent_of(Script({"id": "1", "probe": answer})).probe("join_before_drain", 2.0)
    assert told == ("no", "it ends", {"seconds": 0.1})


@pytest.mark.parametrize(("said", "answer"), [(HANG, "hang"), (GONE, "error"), (b"?\n", "error")])
def test_a_probe_that_loses_its_agent_is_an_answer(said: object, answer: str) -> None:
    script = Script(said)
    assert agent_of(script).probe("join_before_drain", 2.0).answer == answer
    assert script.dead


def test_facts_say_why_there_are_none() -> None:
    assert agent_of(StartError("gone")).facts() == {"unanswered": "gone"}
    assert agent_of(Script({"facts": {"cpus": "0-1"}})).facts() == {"cpus": "0-1"}


def test_leaving_asks_the_harness_to_exit() -> None:
    script = Script()
    agent = agent_of(script)
    agent.describe()
    agent.leave()
    agent.leave()
    assert script.heard == [{"op": "describe"}, {"op": "exit"}]


def test_an_agent_that_comes_back_as_another_build_measures_nothing() -> None:
    facts = {"version": "3.11.7", "clock_resolution": "1e-9"}
    same = {"describe": {**DESCRIBE["describe"], "facts": {**facts, "clock_resolution": "2e-9"}}}
    other = {"describe": {**DESCRIBE["describe"], "facts": {**facts, "version": "3.11.8"}}}
    scripts = [Script(done("1", 0), GONE), Script(done("2", 0), GONE), Script()]
    for script, described in zip(
        scripts, [{"describe": {**DESCRIBE["describe"], "facts": facts}}, same, other], strict=True
    ):
        script.said[1] = described
    records = agent_of(*scripts).run([trial(1), trial(2), trial(3), trial(4), trial(5)])
    assert statuses(records) == ["ok", "crashed", "ok", "crashed", "unavailable"]
    assert records[-1].detail == (
        "3.11 is another build than at the start of the run: version was 3.11.7, is 3.11.8"
    )
    assert scripts[-1].dead


def test_what_changed_about_the_interpreter_is_what_its_trials_are_reported() -> None:
    told = [""]
    agent = GuardedAgent(
        "3.11",
        lambda: Script(done("1", 0), {"id": "1", "end": True}),
        "forked",
        changed=lambda: told[0],
    )
    records = agent.run([trial(1)])
    assert [(record.status.value, record.detail) for record in records] == [("ok", "")]
    told[0] = "it was replaced"
    assert agent.run([trial(1)]) == [Record(Status.UNAVAILABLE, "it was replaced")]
    assert agent.probe("queue_two_ways", 1.0) == ProbeAnswer("error", "it was replaced", {})
