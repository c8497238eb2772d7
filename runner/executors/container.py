"""Our containers: a harness as the main process of one, and abandoned ones."""

import queue
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from runner.engine import (
    CONFLICT,
    ENGINE_ERRORS,
    KIND,
    Attached,
    Client,
    brief,
    engine_time,
    is_given_up,
    owner_lives,
)
from runner.executors.guard import AgentEnding, signal_name
from runner.model import Status
from runner.process import AWAKE, STDERR_KEPT, Swept

MOST_WAITING = 256
"""Frames of stdout that wait for `receive`; beyond them the container waits for us."""
REPORTED_WITHIN = 1.0
"""Seconds after which the engine has reported an event of the kernel."""
CLOSED_WITHIN = 2.0
KILLED = 128 + signal.SIGKILL
SETTLED_WITHIN = 2.0
"""Seconds for which an engine's own errors are put down to a container that is just ending."""


class ContainerChannel:
    """A created container, attached to and then started; see Channel.

    `clock` gives the engine's time: it dates its events by its own. A thread takes what comes,
    so that a container never waits for its reader.
    """

    def __init__(self, client: Client, container: Container, clock: Callable[[], float]) -> None:
        self.container = container
        self.removed = False
        self._clock = clock
        self._since = clock()
        self._ending: AgentEnding | None = None
        self._pid: int | None = None
        self._stderr = bytearray()
        self._out: queue.Queue[bytes] = queue.Queue(MOST_WAITING)
        self._closed = threading.Event()
        self._api: Any = client.api  # its stubs know no text for a time
        self._attached = Attached(client, container, stdin=True)
        self._listener = threading.Thread(target=self._listen, name="attached", daemon=True)
        self._listener.start()
        try:
            container.start()
        except BaseException:
            self.close()
            raise

    def alive(self) -> bool:
        """Return whether its stdout is open; it is not where the engine has gone."""
        return self._ending is None and not self._closed.is_set()

    @property
    def pid(self) -> int:
        """The container's main process as its engine's machine numbers it; 0 where unknown."""
        if self._pid is None:
            try:
                self.container.reload()
                self._pid = int(self.container.attrs["State"]["Pid"])
            except ENGINE_ERRORS:
                return 0
        return self._pid

    @property
    def ended(self) -> bool:
        """Whether `end` has run."""
        return self._ending is not None

    @property
    def stderr(self) -> str:
        """The last part of its stderr so far."""
        return self._stderr.decode("utf-8", errors="replace")

    def send(self, data: bytes, deadline: float) -> None:
        """Write all of `data`; see Channel."""
        if not self.alive():
            raise BrokenPipeError
        try:
            self._attached.socket.settimeout(max(0.001, deadline - AWAKE.now()))
            self._attached.socket.sendall(data)
        except TimeoutError:
            raise
        except OSError as error:
            raise BrokenPipeError from error

    def receive(self, deadline: float) -> bytes:
        """Return some bytes of stdout, b"" at its end; see Channel."""
        while True:
            left = deadline - AWAKE.now()
            try:
                return AWAKE.wait(lambda seconds: self._out.get(timeout=seconds), left)
            except queue.Empty:
                if left <= 0:
                    raise TimeoutError from None

    def oom(self, *, patient: bool = True) -> bool:
        """Return whether the kernel has killed a process of the container for its memory."""
        if self._ending is not None:
            return self._ending.status is Status.OOM
        try:
            return "oom" in self._events(REPORTED_WITHIN if patient else 0.0)
        except ENGINE_ERRORS:
            return False  # the ending says that the engine has gone

    def end(self, patience: float = 0.0) -> AgentEnding:
        """Wait for it to end by itself, then kill and remove it; see Channel."""
        if self._ending is None:
            try:
                status, how = self._ended_how(AWAKE.now() + patience)
                self.remove()
            except ENGINE_ERRORS as error:
                status, how = Status.LOST, f"was lost: the engine went away: {brief(error)}"
            self.close()
            self._ending = AgentEnding(status, how, self.stderr)
        return self._ending

    def remove(self) -> None:
        """Kill and remove the container; raises what the SDK does where the engine is away."""
        remove(self.container)
        self.removed = True

    def close(self) -> None:
        """Close the streams without asking the container."""
        self._attached.wake()
        self._listener.join(CLOSED_WITHIN)
        self._attached.close()

    def _ended_how(self, deadline: float) -> tuple[Status, str]:
        self._closed.wait(max(0.0, deadline - AWAKE.now()))
        try:
            state = self._state()
            while state["Running"] and AWAKE.now() < deadline:
                time.sleep(0.02)  # stdout ends a little before the engine knows of the exit
                state = self._state()
        except NotFound:
            return Status.LOST, "was lost: its container was removed by someone else"
        if state.get("Paused"):
            return Status.LOST, "was lost: its container was paused from outside"
        if state["Running"]:
            status = Status.OOM if "oom" in self._events(0.0) else Status.CRASHED
            return status, "was killed, as it did not end by itself"
        code, oom = int(state["ExitCode"]), bool(state["OOMKilled"])
        # Only the engine's events say who killed it.
        events = self._events(REPORTED_WITHIN if code == KILLED and not oom else 0.0)
        if oom or "oom" in events:
            return Status.OOM, "was killed by the kernel: its container was out of memory"
        if "kill" in events:
            return Status.LOST, f"was lost: its container was stopped from outside (exit {code})"
        if code > 128:
            return Status.CRASHED, f"was killed by {signal_name(code - 128)}"
        return Status.CRASHED, f"exited with code {code}"

    def _state(self) -> Mapping[str, Any]:
        self.container.reload()
        state: Mapping[str, Any] = self.container.attrs["State"]
        return state

    def _events(self, patience: float) -> set[str]:
        """Return which of `oom` and `kill` came since it was made, or come in the next seconds."""
        events = self._api.events(
            since=f"{self._since:.9f}",
            until=f"{self._clock() + patience:.9f}",
            filters={"container": [self.container.id], "event": ["oom", "kill"]},
            decode=True,
        )
        seen = set[str]()
        try:
            for event in events:
                seen.add(str(event.get("Action", "")))
                if seen & {"oom", "kill"}:
                    break
        finally:
            events.close()
        return seen

    def _listen(self) -> None:
        """Collect the frames of both streams until their end, in a thread of its own."""
        for is_output, data in self._attached.frames():
            if is_output:
                self._put(data)
            else:
                self._stderr += data
                del self._stderr[:-STDERR_KEPT]
        self._closed.set()
        self._put(b"")

    def _put(self, data: bytes) -> None:
        """Hand over a frame; drop it if nobody reads any more."""
        while self._ending is None:
            with suppress(queue.Full):
                self._out.put(data, timeout=0.1)
                return


def clean(client: Client) -> Swept:
    """Remove our abandoned containers; return which, and what was left.

    Those whose owner is seen to have ended, and those of owners that cannot be seen from here
    (another machine, another container) once they have ended an hour ago. What carries no label
    of ours is not looked at. What the engine cannot remove is left.
    """
    now = engine_time(str(client.info()["SystemTime"]))
    listed = client.containers.list(
        all=True, ignore_removed=True, filters={"label": f"{KIND}=container"}
    )
    swept = Swept([], [])
    for container in listed:
        name, reason = str(container.id), "in use"
        lives = owner_lives(container.labels)
        if lives is None:
            reason = "its owner cannot be seen from here"
            lives = not is_given_up(container.attrs["State"], container.attrs["Created"], now)
        if not lives:
            try:
                if remove(container):
                    swept.removed.append(name)
                continue
            except APIError as error:  # one that stays keeps no other, and no run
                reason = f"the engine cannot remove it: {brief(error)}"
        swept.left.append((name, reason))
    return swept


def remove(container: Container) -> bool:
    """Kill and remove a container with its volumes; False where it has gone already.

    Podman answers 500 where the container ended between its look at it and its kill.
    """
    deadline = AWAKE.now() + SETTLED_WITHIN
    while True:
        try:
            container.remove(force=True, v=True)
        except NotFound:
            return False
        except APIError as error:
            if error.status_code == CONFLICT:
                return False
            if not error.is_server_error() or AWAKE.now() > deadline:
                raise
        else:
            return True
        time.sleep(0.1)
