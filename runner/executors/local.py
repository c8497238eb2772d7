"""The executor `local`: agents as child processes, in the interpreters of this machine."""

import itertools
import os
import secrets
import selectors
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Self

from runner import process
from runner.errors import EnvironmentLacksError
from runner.executors import wire
from runner.executors.base import Agent, Known
from runner.executors.guard import AgentEnding, Channel, GuardedAgent, StartError, signal_name
from runner.machine import interpreters, packages
from runner.machine.packages import Installed
from runner.model import Interpreter, Matrix, Status, staged
from runner.process import AWAKE, STDERR_KEPT
from runner.shipped import HARNESS

MARK = "IPCMATRIX_AGENT"
"""Environment variable by which everything an agent leaves behind is found again.

Its value starts with our process number, for people to read; what makes it ours is the random part
after it. Its length is always the same, for the size of the environment shifts the stack.
"""
MOST_WAITING = 16 * 1024**2
"""Bytes of stdout that wait for `receive`; beyond them the harness waits for us."""
LEAVE_WITHIN = 3.0
"""Seconds for all agents together to end by themselves when asked to."""
DRAIN_WITHIN = 0.5
REAP_WITHIN = 10.0
"""Seconds until we give up on a killed process that does not end (it waits for a disk)."""


class ProcessChannel:
    """A harness as a child process in its own session; all it starts carries its mark."""

    def __init__(
        self,
        command: Sequence[str | Path],
        mark: str,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.mark = f"{MARK}={mark}"
        marked = {**(environment or process.clean_environment()), MARK: mark}
        self._child = process.start(command, environment=marked)
        self._ending: AgentEnding | None = None
        self._inbox: deque[bytes] = deque()
        self._waiting = 0
        self._paused = False
        self._stderr = bytearray()
        self._selector = selectors.DefaultSelector()
        pipes = (self._child.stdin, self._child.stdout, self._child.stderr)
        self._pipes = [pipe for pipe in pipes if pipe is not None]  # all three were asked for
        self._stdin, self._stdout, stderr = (pipe.fileno() for pipe in self._pipes)
        for pipe in self._pipes:
            os.set_blocking(pipe.fileno(), False)
        self._open = {self._stdout, stderr}
        for number in self._open:
            self._selector.register(number, selectors.EVENT_READ)

    def alive(self) -> bool:
        """Return whether the agent's process still runs."""
        return self._ending is None and not process.exited(self._child)

    @property
    def ended(self) -> bool:
        """Whether `end` has run, and nothing is left."""
        return self._ending is not None

    def send(self, data: bytes, deadline: float) -> None:
        """Write all of `data`, reading what comes meanwhile; see Channel."""
        if self._ending is not None:
            raise BrokenPipeError
        rest = memoryview(data)
        self._selector.register(self._stdin, selectors.EVENT_WRITE)
        try:
            while rest:
                if self._stdin in self._turn(deadline):
                    with suppress(BlockingIOError):
                        rest = rest[os.write(self._stdin, rest) :]
        finally:
            self._selector.unregister(self._stdin)

    def receive(self, deadline: float) -> bytes:
        """Return what came on stdout, b"" at its end; see Channel."""
        if not self._inbox:
            self._resume()
        while not self._inbox:
            if self._ending is not None or self._stdout not in self._open:
                return b""
            self._turn(deadline)
        self._waiting -= len(self._inbox[0])
        return self._inbox.popleft()

    def end(self, patience: float = 0.0) -> AgentEnding:
        """Wait for the agent to end by itself, then kill it with all it started; see Channel."""
        with process.uninterrupted():
            if self._ending is None:
                self._ending = self._end(AWAKE.now() + patience)
        return self._ending

    def _end(self, deadline: float) -> AgentEnding:
        natural = self._exits_by(deadline)
        closed = self._stdout not in self._open
        stopped = not natural and process.stopped(self._child.pid)
        process.kill_tree(self._child.pid, self.mark)
        self._drain(AWAKE.now() + DRAIN_WITHIN)
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = self._child.wait(REAP_WITHIN)
        if code is None:
            how = "cannot be ended, even by SIGKILL"
        elif stopped:
            how = "was stopped from outside (SIGSTOP), and killed"
        elif natural:
            how = f"exited with code {code}" if code >= 0 else f"was killed by {signal_name(-code)}"
        elif closed:
            how = "closed its stdout without ending, and was killed"
        else:
            how = "was killed, as it did not end by itself"
        self._selector.close()
        for pipe in self._pipes:
            pipe.close()
        status = Status.LOST if stopped else Status.CRASHED
        return AgentEnding(status, how, self._stderr.decode("utf-8", errors="replace"))

    def _exits_by(self, deadline: float) -> bool:
        while not process.exited(self._child):
            now = AWAKE.now()
            if now >= deadline:
                return False
            self._drain(min(deadline, now + 0.02))
            time.sleep(0.002)  # both pipes may be at their end
        return True

    def _drain(self, deadline: float) -> None:
        """Read until both pipes are at their end, or the deadline; nobody reads the stdout."""
        self._resume()
        with suppress(TimeoutError):
            while self._open:
                self._turn(deadline)
                self._inbox.clear()
                self._waiting = 0

    def _turn(self, deadline: float) -> set[int]:
        """Wait for the pipes and read what there is; return the numbers that were ready."""
        left = deadline - AWAKE.now()
        if left <= 0:  # checked first: what has been read by now is still handed over
            raise TimeoutError
        ready = {key.fd for key, _ in AWAKE.wait(self._selector.select, left)}
        for number in ready & self._open:
            self._read(number)
        return ready

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._selector.register(self._stdout, selectors.EVENT_READ)

    def _read(self, number: int) -> None:
        data = os.read(number, STDERR_KEPT)
        if not data:
            self._selector.unregister(number)
            self._open.discard(number)
        elif number == self._stdout:
            self._inbox.append(data)
            self._waiting += len(data)
            if self._waiting > MOST_WAITING:
                self._selector.unregister(number)
                self._paused = True
        else:
            self._stderr += data
            del self._stderr[:-STDERR_KEPT]


def stands_for(matrix: Matrix, found: Sequence[Interpreter]) -> Known:
    """Return the interpreters of this machine that work, and those that do not."""
    del matrix
    left_out = tuple(interpreters.left_out(one) for one in found if one.broken)
    return Known(interpreters.names(found), left_out)


def lacks(
    matrix: Matrix,
    wanted: Sequence[str],
    found: Sequence[Interpreter],
    say: Callable[[str], None],
) -> str:
    """Return "": this machine is always there."""
    del matrix, wanted, found, say
    return ""


def open(  # noqa: A001
    matrix: Matrix,
    wanted: Sequence[str],
    found: Sequence[Interpreter],
    say: Callable[[str], None],
) -> "LocalExecutor":
    """Return the executor over the wanted interpreters of this machine."""
    del say
    chosen = interpreters.resolve(wanted, found)
    paths = {name: one if isinstance(one, str) else Path(one.path) for name, one in chosen.items()}
    had = {
        name: packages.installed(one, matrix.packages.get(name, {}))
        for name, one in chosen.items()
        if isinstance(one, Interpreter)
    }
    files = staged(matrix.files)
    return LocalExecutor(paths, matrix.measure.invocation, files=files, had=had)


class LocalExecutor:
    """Agents in the interpreters at `paths` (name → executable, or why there is none).

    `files` are the user's own, by name, with the list of them for the harness; `had` are the
    packages of each interpreter.

    Use it in the thread that outlives the agents: the kernel ends them with it.
    """

    name = "local"

    def __init__(
        self,
        paths: Mapping[str, Path | str],
        invocation: str,
        grace: float = 5.0,
        harness: Path = HARNESS,
        files: Mapping[str, bytes] = MappingProxyType({}),
        had: Mapping[str, Installed] = MappingProxyType({}),
    ) -> None:
        self._paths = paths
        self._invocation = invocation
        self._grace = grace
        self._harness = harness
        self._files = files
        self._had = had
        self._folder: process.HeldFolder | None = None
        self._token = f"{os.getpid():08}-{secrets.token_hex(4)}"
        self._serial = itertools.count(1)
        self._agents: dict[str, GuardedAgent] = {}
        self._channels: list[ProcessChannel] = []

    def __enter__(self) -> Self:
        """Remove leftovers of killed agents; `open` starts the agents."""
        process.sweep()
        self._folder = process.HeldFolder(contents=self._files) if self._files else None
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind, however it ended."""
        self.close()

    def open(self, pythons: Sequence[str]) -> Mapping[str, Agent | str]:
        """Start an agent for each name, all in parallel; a str says why there is none."""
        answers: dict[str, Agent | str] = {}
        for python in pythons:
            path = self._paths.get(python, f"no interpreter {python} was found on this machine")
            if isinstance(path, str):
                answers[python] = path
                continue
            start, changed = partial(self._start, python), watched(path, self._harness)
            agent = GuardedAgent(python, start, self._invocation, self._grace, changed)
            try:
                agent.begin()
            except StartError as error:
                answers[python] = f"the harness does not start on {python}: {error}"
                continue
            answers[python] = self._agents[python] = agent
        for python, answer in list(answers.items()):
            if isinstance(answer, str):
                continue
            try:
                answer.describe()
            except EnvironmentLacksError as error:
                del self._agents[python]
                answers[python] = str(error)
        return answers

    def roots(self) -> Sequence[int]:
        """Return nothing: local agents are our children."""
        return ()

    def facts(self) -> Mapping[str, Mapping[str, str]]:
        """Return, for each open interpreter, its path and what it sees from inside."""
        facts = {}
        for python, agent in self._agents.items():
            had, environment = self._packages(python), self._environment(python)
            variables = " ".join(f"{name}={value}" for name, value in sorted(environment.items()))
            lacking = [f"{name}: {reason}" for name, reason in had.lacking.items()]
            facts[python] = {
                **agent.facts(),
                "executor": self.name,
                "path": process.tilde(str(self._paths[python])),
                "environment": process.tilde(variables),
                "packages": "; ".join(" ".join(one) for one in had.packages.items()),
                "packages_lacking": "; ".join(lacking),
            }
        return facts

    def _packages(self, python: str) -> Installed:
        return self._had.get(python, Installed(None, {}, {}))

    def _environment(self, python: str) -> dict[str, str]:
        folder = self._packages(python).folder
        return process.clean_environment({"PYTHONPATH": str(folder)} if folder else {})

    def close(self) -> None:
        """End every agent and all that it started; nothing is left when this returns."""
        with process.uninterrupted():
            for agent in self._agents.values():
                agent.leave()
            self._agents.clear()
            deadline = AWAKE.now() + LEAVE_WITHIN
            while self._channels:
                self._channels[-1].end(max(0.0, deadline - AWAKE.now()))
                self._channels.pop()
            if self._folder is not None:
                self._folder.remove()
                self._folder = None
            process.sweep()  # an agent that was killed could not remove its folder

    def _start(self, python: str) -> Channel:
        """Start a harness and enter it in the list of what `close` ends, without a gap between."""
        command: list[str | Path] = [
            self._paths[python],
            *process.FLAGS,
            self._harness,
            "agent",
            wire.MARK,
            *([self._folder.path] if self._folder else []),
        ]
        with process.uninterrupted():
            self._channels = [channel for channel in self._channels if not channel.ended]
            try:
                mark = f"{self._token}-{next(self._serial):06}"
                channel = ProcessChannel(command, mark, self._environment(python))
            except OSError as error:
                reason = f"{self._paths[python]} {process.why_not_started(error)}"
                raise StartError(process.tilde(reason)) from error
            self._channels.append(channel)
        return channel


def watched(path: Path, harness: Path) -> Callable[[], str]:
    """Return a function that says how interpreter or harness have changed since now, "" if not.

    An agent that continues with other files than it began with would measure something else.
    """
    files = [path, *(sorted(harness.rglob("*.py")) or [harness])]
    before = [_stamp(file) for file in files]

    def changed() -> str:
        for file, then in zip(files, before, strict=True):
            if (now := _stamp(file)) == then:
                continue
            if now is None:
                how = "was removed"
            elif then is not None and then[0] == now[0]:
                how = "can no longer be executed"
            else:
                how = "was replaced"
            return process.tilde(f"{file} {how} while the run measured")
        return ""

    return changed


def _stamp(path: Path) -> tuple[tuple[int, ...], bool] | None:
    """Return what identifies a file, and whether it may be executed; None if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    file = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    return file, os.access(path, os.X_OK)
