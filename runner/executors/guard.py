"""The outer guard: an agent that always answers, over any channel to a started harness.

The harness has a guard of its own for each trial. This one is for what that cannot do: the
agent itself hangs, dies, or writes nonsense. Then it is killed with all that it started, the
trial in flight gets its status, and a fresh agent takes its place for the trials after it.
"""

import dataclasses
import itertools
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from runner import process
from runner.errors import EnvironmentLacksError
from runner.executors import wire
from runner.model import Capabilities, ProbeAnswer, Record, Status, Trial
from runner.model.environment_hash import lasting
from runner.process import AWAKE

PROMISED = 5.0
"""Seconds after a trial's timeout within which a healthy harness has answered (the protocol)."""
START_WITHIN = 30.0
"""Seconds for a cold interpreter on a busy machine to import the harness and describe itself."""
STDERR_SHOWN = 4000
"""How many characters of the end of stderr a record's detail has."""

Kind = TypeVar("Kind")


class AgentEnding(NamedTuple):
    """How a harness ended: `status` for the trial in flight, `how` in words, the end of stderr."""

    status: Status
    how: str
    stderr: str


class Channel(Protocol):
    """A started harness: bytes in, bytes out, an end. Deadlines are of process.AWAKE."""

    def alive(self) -> bool:
        """Return whether it still runs, as far as is known without waiting."""
        ...

    def send(self, data: bytes, deadline: float) -> None:
        """Write all of `data`; raise TimeoutError, or BrokenPipeError if nobody reads."""
        ...

    def receive(self, deadline: float) -> bytes:
        """Return some bytes of stdout, b"" at its end; raise TimeoutError."""
        ...

    def end(self, patience: float = 0.0) -> AgentEnding:
        """Wait `patience` seconds for it to end by itself, then kill it with all it started.

        May be called again; it says the same.
        """
        ...


class StartError(Exception):
    """A harness cannot be started; `status` is what its trials get."""

    def __init__(self, reason: str, status: Status = Status.CRASHED) -> None:
        super().__init__(reason)
        self.status = status


class GoneError(Exception):
    """The stream of answers ended: the harness died, or closed its stdout."""


class _Talk:
    """One started harness and the lines that it has written."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.ready = False
        self.owes = False  # an answer is outstanding: after an interrupt, nobody waits for it
        self.lines = process.MarkedLines(wire.MARK)
        self._heard: deque[bytes] = deque()

    def say(self, request: bytes, within: float) -> None:
        self.owes = True
        try:
            self.channel.send(request, AWAKE.now() + within)
        except BrokenPipeError as error:
            raise GoneError from error

    def hear(self, within: float) -> wire.Answer:
        deadline = AWAKE.now() + within
        while not self._heard:
            fragment = self.channel.receive(deadline)
            if not fragment:
                raise GoneError
            self._heard.extend(self.lines.feed(fragment))
        return wire.decode(self._heard.popleft())


FAULTS = (GoneError, TimeoutError, wire.WireError, process.FloodError)
"""What ends a talk: no answer any more, none in time, one that is not of the protocol, a flood."""


class GuardedAgent:
    """An Agent over the channels that `start` opens, one at a time.

    `start` returns a fresh channel or raises StartError. `grace` is what the harness gets, in
    seconds, beyond the time in which it must have answered. `changed` says how the interpreter
    has changed since its first start, "" if it has not: the trials of two builds never become one
    series.
    """

    def __init__(
        self,
        python: str,
        start: Callable[[], Channel],
        invocation: str,
        grace: float = 5.0,
        changed: Callable[[], str] = lambda: "",
    ) -> None:
        self.python = python
        self._start = start
        self._invocation = invocation
        self._grace = grace
        self._changed = changed
        self._talk: _Talk | None = None
        self._capabilities: Capabilities | None = None
        self._requests = itertools.count(1)

    def begin(self) -> None:
        """Start the harness without waiting for it, so that many can start side by side.

        Raises StartError. Optional: the first request begins by itself.
        """
        self._talk = _Talk(self._start())
        try:
            self._talk.say(wire.encode_describe(), self._grace)
        except FAULTS as fault:
            status, reason = self._bury(fault)
            raise StartError(reason, status) from fault

    def describe(self) -> Capabilities:
        """Return what the interpreter can do; raise EnvironmentLacksError if it does not start."""
        if self._capabilities is None:
            try:
                self._ready()
            except StartError as error:
                message = f"the harness does not start on {self.python}: {error}"
                raise EnvironmentLacksError(message) from error
        assert self._capabilities is not None
        return self._capabilities

    def run(self, trials: Sequence[Trial]) -> list[Record]:
        """Run the trials in one invocation; where an agent is lost, the rest in a fresh one.

        All are `unavailable` where the interpreter has changed, before them or while they ran.
        """
        records: list[Record] = []
        while len(records) < len(trials) and not self._changed():
            records += self._run(trials[len(records) :])
        if reason := self._changed():
            return [Record(Status.UNAVAILABLE, detail=reason) for _ in trials]
        return records

    def probe(self, name: str, timeout: float) -> ProbeAnswer:
        """Run one probe; an agent that has to be killed for it is a `hang`."""
        if reason := self._changed():
            return ProbeAnswer("error", reason, {})
        try:
            talk = self._ready()
        except StartError as error:
            return ProbeAnswer("error", str(error), {})
        request = str(next(self._requests))
        try:
            talk.say(wire.encode_probe(request, name, timeout), self._grace)
            answer = talk.hear(timeout + PROMISED + self._grace)
            talk.owes = False
            if isinstance(answer, wire.Refused):
                return ProbeAnswer("error", _refusal(answer), {})
            probed = _expect(answer, wire.Probed)
            _agree(probed.id, request)
        except FAULTS as fault:
            status, reason = self._bury(fault)
            return ProbeAnswer("hang" if status is Status.TIMEOUT else "error", reason, {})
        return probed.answer._replace(detail=process.tilde(probed.answer.detail))

    def facts(self) -> Mapping[str, str]:
        """Return what the agent sees from inside; where it does not answer, why not."""
        try:
            talk = self._ready()
            talk.say(wire.encode_facts(), self._grace)
            answer = _expect(talk.hear(PROMISED + self._grace), wire.FactsRead)
            talk.owes = False
        except StartError as error:
            return {"unanswered": str(error)}
        except FAULTS as fault:
            return {"unanswered": self._bury(fault)[1]}
        return {name: process.tilde(fact) for name, fact in answer.facts.items()}

    def leave(self) -> None:
        """Ask the harness to end, or kill it where it still works at a request.

        The executor sees to it that one that was asked does end.
        """
        talk, self._talk = self._talk, None
        if talk is None:
            return
        try:
            if talk.owes:
                raise TimeoutError
            talk.say(wire.encode_exit(), 0.2)
        except FAULTS:
            talk.channel.end()

    def _ready(self) -> _Talk:
        """Return a talk with a harness that waits for a request; raise StartError."""
        talk = self._talk
        if talk is not None and talk.ready and (talk.owes or not talk.channel.alive()):
            talk.channel.end()
            self._talk = talk = None
        if talk is None:
            self.begin()
            talk = self._talk
            assert talk is not None
        if not talk.ready:
            self._greet(talk)
        return talk

    def _greet(self, talk: _Talk) -> None:
        try:
            _expect(talk.hear(START_WITHIN), wire.Ready)
            capabilities = _expect(talk.hear(START_WITHIN), wire.Described).capabilities
        except FAULTS as fault:
            status, reason = self._bury(fault)
            raise StartError(reason, status) from fault
        if self._capabilities and (differ := other_build(self._capabilities, capabilities)):
            talk.channel.end()
            self._talk = None
            reason = f"{self.python} is another build than at the start of the run: {differ}"
            raise StartError(reason, Status.UNAVAILABLE)
        self._capabilities = capabilities
        talk.ready, talk.owes = True, False

    def _run(self, trials: Sequence[Trial]) -> list[Record]:
        """Return the records of the first trials, at least of one: up to a loss of the agent."""
        try:
            talk = self._ready()
        except StartError as error:
            return [Record(error.status, detail=str(error)) for _ in trials]
        records: list[Record] = []  # each as it comes, so that a fault shows which is in flight
        request = str(next(self._requests))
        try:
            talk.say(wire.encode_run(request, self._invocation, trials), self._grace)
            for place, trial in enumerate(trials):
                answer = talk.hear(trial.timeout + PROMISED + self._grace)
                if isinstance(answer, wire.Refused):
                    refusal = Record(Status.FAILED, detail=_refusal(answer))
                    records += [refusal] * (len(trials) - place)
                    break
                done = _expect(answer, wire.TrialDone)
                _agree((done.id, done.trial), (request, place))
                detail = process.tilde(done.record.detail)
                records.append(dataclasses.replace(done.record, detail=detail))
            else:
                _agree(_expect(talk.hear(PROMISED + self._grace), wire.RunDone).id, request)
            talk.owes = False
        except FAULTS as fault:
            status, reason = self._bury(fault)
            if len(records) < len(trials):
                records.append(Record(status, detail=reason))
        return records

    def _bury(self, fault: Exception) -> tuple[Status, str]:
        """End the talk for `fault`; return what the trial in flight gets, and why."""
        talk, self._talk = self._talk, None
        assert talk is not None
        ending = talk.channel.end(patience=1.0 if isinstance(fault, GoneError) else 0.0)
        status, reason = ending.status, f"the agent {ending.how}"
        if isinstance(fault, wire.WireError):
            status, reason = Status.FAILED, str(fault)
        elif isinstance(fault, process.FloodError):
            status, reason = Status.FAILED, f"the interpreter does not stop printing: {fault}"
        elif isinstance(fault, TimeoutError) and status is not Status.LOST:
            status, reason = Status.TIMEOUT, "the agent did not answer in time, and was killed"
        if not talk.ready and talk.lines.others:
            reason += f"; the last that was printed is {talk.lines.others}"
        return status, process.tilde(f"{reason}\n{ending.stderr[-STDERR_SHOWN:]}".strip())


def signal_name(number: int) -> str:
    """Return the name of a signal, or its number where it has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def other_build(before: Capabilities, now: Capabilities) -> str:
    """Return the first fact in which two builds of an interpreter differ, "" where none does."""
    then, today = lasting(before.facts), lasting(now.facts)
    names = sorted(name for name in {*then, *today} if then.get(name) != today.get(name))
    return f"{names[0]} was {then.get(names[0])}, is {today.get(names[0])}" if names else ""


def _expect(answer: wire.Answer, kind: type[Kind]) -> Kind:
    if isinstance(answer, kind):
        return answer
    what = _refusal(answer) if isinstance(answer, wire.Refused) else type(answer).__name__
    message = f"the harness answered {what} where {kind.__name__} was due"
    raise wire.WireError(message)


def _agree(answered: object, asked: object) -> None:
    if answered != asked:
        message = f"the harness answered request {answered} where {asked} was due"
        raise wire.WireError(message)


def _refusal(answer: wire.Refused) -> str:
    return process.tilde(f"the harness refused the request: {answer.error}")
