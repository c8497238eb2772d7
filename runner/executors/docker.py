"""The executor `docker`: agents as the main processes of containers, one for each interpreter."""

import dataclasses
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Self, TypeVar

from docker.errors import APIError, ImageNotFound

from runner import engine, images, process
from runner.engine import (
    ENGINE_ERRORS,
    KIND,
    RUN,
    Client,
    available,
    brief,
    engine_time,
    owner_labels,
)
from runner.errors import EnvironmentLacksError
from runner.executors import wire
from runner.executors.base import Agent, Known
from runner.executors.container import ContainerChannel, clean, remove
from runner.executors.guard import GuardedAgent, StartError
from runner.executors.limits import broken, options, shown
from runner.machine import interpreters
from runner.model import (
    IN_CONTAINERS,
    Image,
    Interpreter,
    Limits,
    Matrix,
    Record,
    Status,
    Trial,
    python_order,
)
from runner.process import AWAKE

HARNESS = "/opt/ipcmatrix/harness"
FILES = "/opt/ipcmatrix/files"
INTERPRETER = "/opt/ipcmatrix/python"
AT_ONCE = 4
SUSPECT = frozenset({Status.CRASHED, Status.FAILED, Status.TIMEOUT})
"""Statuses that a harness may report if the kernel killed one of its processes for memory."""
RETRY = 0.5
"""Seconds between two attempts to reach an engine that does not answer."""
SETTLING = 3.0
"""Seconds for which an engine's own errors are put down to its being stopped or started."""

Value = TypeVar("Value")


class Reconnection:
    """Waits for an engine; one that stayed away for `patience` seconds is not waited for again."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._gone = ""
        self._ahead = 0.0

    def set_clock(self, client: Client) -> None:
        """Learn by how much the engine's clock is ahead of ours."""
        shown = str(client.info()["SystemTime"])
        self._ahead = engine_time(shown) - time.time()

    def clock(self) -> float:
        """Return the engine's time, in seconds since 1970."""
        return time.time() + self._ahead

    def reach(self, action: Callable[[], Value]) -> Value:
        """Return the result of `action`, retried while the engine is away.

        Raises APIError for what the engine refuses, and StartError, `lost`, where it does not
        come back: the trials in flight get that status and are journalled; later requests raise
        EnvironmentLacksError, which ends the run.
        """
        if self._gone:
            raise EnvironmentLacksError(self._gone)
        started = AWAKE.now()
        while True:
            try:
                return action()
            except APIError as error:
                if not error.is_server_error() or AWAKE.now() > started + SETTLING:
                    raise
            except ENGINE_ERRORS as error:
                if AWAKE.now() > started + self._patience:
                    self._gone = (
                        "the container engine went away and was not back after "
                        f"{self._patience:g} s: {brief(error)}. What was measured is in the "
                        "journal: start the engine, and continue with --resume"
                    )
                    raise StartError(self._gone, Status.LOST) from error
            AWAKE.wait(time.sleep, RETRY)


class DockerAgent(GuardedAgent):
    """A guarded agent that recognises a lack of memory; see Agent."""

    def __init__(
        self, python: str, start: Callable[[], ContainerChannel], invocation: str, grace: float
    ) -> None:
        self.channels: list[ContainerChannel] = []

        def fresh() -> ContainerChannel:
            self.channels.append(start())
            return self.channels[-1]

        super().__init__(python, fresh, invocation, grace)

    def run(self, trials: Sequence[Trial]) -> list[Record]:
        """Run the trials in order in one invocation; return one record for each, in order.

        Containers that were out of memory are ended: what they hold still counts.
        """
        self.channels = self.channels[-1:]
        records = super().run(trials)
        suspects = {record.status for record in records} & SUSPECT
        patient = suspects != {Status.FAILED}
        starved = [one for one in self.channels if one.oom(patient=patient)] if suspects else []
        if not starved:
            return records
        for channel in starved:
            channel.end()
        why = "the container was out of memory, and the kernel killed a process of it"
        return [
            dataclasses.replace(one, status=Status.OOM, detail=f"{why}\n{one.detail}".strip())
            if one.status in SUSPECT
            else one
            for one in records
        ]

    def end(self) -> None:
        """End the harness, and its container with it."""
        for channel in self.channels:
            channel.end()


def stands_for(matrix: Matrix, found: Sequence[Interpreter]) -> Known:
    """Return the interpreters of which images can be made.

    Where they are packed from this machine, those that do not work here are left out.
    """
    names = tuple(sorted({*IN_CONTAINERS, *interpreters.names(found)}, key=python_order))
    if matrix.images.source != "host":
        return Known(names)
    return Known(names, tuple(interpreters.left_out(one) for one in found if one.broken))


def lacks(
    matrix: Matrix,
    wanted: Sequence[str],
    found: Sequence[Interpreter],
    say: Callable[[str], None],
) -> str:
    """Return "" where an engine answers and every image can be had, or the reason why not."""
    try:
        built = open(matrix, wanted, found, say).images
    except EnvironmentLacksError as error:
        return str(error)
    for python, image in built.items():
        if not isinstance(image, Image):
            return f"there is no image of {python}: {images.shortened(image)}"
    return ""


def open(  # noqa: A001
    matrix: Matrix,
    wanted: Sequence[str],
    found: Sequence[Interpreter],
    say: Callable[[str], None],
) -> "DockerExecutor":
    """Return the executor over an image of each wanted interpreter; missing images are built."""
    client = engine.connect()
    if lack := available(client):
        raise EnvironmentLacksError(lack)
    built = images.images_for(matrix, wanted, found, say, client)
    own = bool(matrix.files)
    return DockerExecutor(built, matrix.limits, matrix.measure.invocation, client, own=own)


class DockerExecutor:
    """Agents in containers of `built` (name → image, or why there is none); see Executor.

    `reconnect` is how many seconds an engine that goes away may take to come back: trials in
    flight are `lost` then, and what follows runs in fresh containers. `own` says that the images
    hold files of the user's own.
    """

    name = "docker"

    def __init__(
        self,
        built: Mapping[str, Image | str],
        limits: Limits,
        invocation: str,
        client: Client,
        *,
        grace: float = 5.0,
        reconnect: float = 120.0,
        own: bool = False,
    ) -> None:
        self.run = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(4)}"
        self.images = built
        self._limits = limits
        self._invocation = invocation
        self._client = client
        self._command = ["agent", wire.MARK, *([FILES] if own else [])]
        self._grace = grace
        self._engine = Reconnection(reconnect)
        self._agents: dict[str, DockerAgent] = {}
        self._channels: list[ContainerChannel] = []
        self._environments: dict[str, str] = {}
        # Made here: a disk without room for it is not an engine that went away.
        self._labels = {KIND: "container", RUN: self.run, **owner_labels()}

    def __enter__(self) -> Self:
        """Remove leftovers of earlier runs; `open` starts the agents."""
        clean(self._client)
        self._engine.set_clock(self._client)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind, however it ended."""
        self.close()

    def open(self, pythons: Sequence[str]) -> Mapping[str, Agent | str]:
        """Start an agent for each name, several in parallel; a str says why there is none."""
        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="open") as pool:
            return dict(zip(pythons, pool.map(self._open, pythons), strict=True))

    def roots(self) -> Sequence[int] | None:
        """Return the pids of our containers' main processes; None where the engine is elsewhere.

        Each container is asked once; one that does not answer has none.
        """
        if engine.address(self._client) != "unix socket":
            return None
        return [pid for channel in self._channels if not channel.ended and (pid := channel.pid)]

    def facts(self) -> Mapping[str, Mapping[str, str]]:
        """Return, for each open interpreter: image, engine, limits, what is seen from inside."""
        known = engine.describe(self._client)
        facts = {}
        for python, agent in self._agents.items():
            image = self.images[python]
            assert not isinstance(image, str)  # it has an agent
            had = [f"{name} {version}" for name, version in sorted(image.packages.items())]
            lacking = [f"{name}: {reason}" for name, reason in sorted(image.lacking.items())]
            facts[python] = {
                **agent.facts(),
                **known,
                **shown(self._limits),
                "image": image.tag,
                "image_digest": image.digest,
                "image_registry_digest": image.registry_digest,
                "image_base": image.base,
                "image_base_digest": image.base_digest,
                "image_source": image.source,
                "path": process.tilde(image.interpreter),
                "packages": "; ".join(had),
                "packages_lacking": "; ".join(lacking),
                "executor": self.name,
                "environment": self._environments.get(python, ""),
            }
        return facts

    def close(self) -> None:
        """Remove every container of this run; nothing is left when this returns.

        Where the engine does not answer, the next run's sweep removes them.
        """
        with process.uninterrupted():
            for agent in self._agents.values():
                agent.leave()
            with suppress(*ENGINE_ERRORS):
                ours = self._client.containers.list(
                    all=True, ignore_removed=True, filters={"label": f"{RUN}={self.run}"}
                )
                for container in ours:
                    with suppress(APIError):  # one that stays keeps no other
                        remove(container)
            for channel in self._channels:
                channel.close()
            self._agents.clear()
            self._channels.clear()

    def _open(self, python: str) -> Agent | str:
        image = self.images.get(python, f"no image of {python} was asked for")
        if isinstance(image, str):
            return image
        agent = DockerAgent(python, lambda: self._start(image), self._invocation, self._grace)
        try:
            agent.begin()
            agent.describe()
        except (StartError, EnvironmentLacksError) as error:
            return f"the container of {python} does not start: {error}"
        facts = agent.facts()
        if "unanswered" in facts:
            agent.end()
            return f"the container of {python} does not answer: {facts['unanswered']}"
        if failing := broken(self._limits, facts):
            agent.end()
            return f"the engine does not keep to the limits of {python}'s container: {failing}"
        self._agents[python] = agent
        return agent

    def _start(self, image: Image) -> ContainerChannel:
        """Return a fresh container, attached and started; raise StartError."""
        try:
            return self._engine.reach(lambda: self._fresh(image))
        except ImageNotFound as error:
            reason = f"the image {image.tag} was removed while the run measured: {brief(error)}"
            raise StartError(reason, Status.UNAVAILABLE) from error
        except APIError as error:
            raise StartError(brief(error), Status.FAILED) from error

    def _fresh(self, image: Image) -> ContainerChannel:
        # Some engines keep the containers that ended while they were away themselves.
        for channel in [one for one in self._channels if one.ended]:
            # One that stays is tried again next time; of several opened at once one is faster.
            with suppress(APIError, ValueError):
                if not channel.removed:
                    channel.remove()
                self._channels.remove(channel)
        container = self._client.containers.create(
            image.digest,  # whatever the tag names by now
            entrypoint=[INTERPRETER, *process.FLAGS, HARNESS],
            command=self._command,
            stdin_open=True,
            environment=process.clean_environment(),
            labels=self._labels,
            **options(self._limits),
        )
        self._environments[image.python] = " ".join(sorted(container.attrs["Config"]["Env"]))
        try:
            channel = ContainerChannel(self._client, container, self._engine.clock)
        except BaseException:
            with suppress(*ENGINE_ERRORS):  # away: `close` removes it with the others
                remove(container)
            raise
        self._channels.append(channel)
        return channel
