"""The container engine: how it is reached, what it is, and the labels of all that we make in it."""

import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any, Final, NamedTuple, Protocol

import docker
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.utils.socket import STDOUT, frames_iter_no_tty
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from runner.errors import EnvironmentLacksError

ENGINE_ERRORS: Final = (DockerException, RequestException, HTTPError, OSError)
"""What the SDK raises when the engine refuses, does not answer or goes away in mid-sentence."""

KIND: Final = "ipcmatrix.kind"
"""The label that all of ours carries: `base`, `image` or `container`."""
RUN: Final = "ipcmatrix.run"
MACHINE: Final = "ipcmatrix.machine"
BOOT: Final = "ipcmatrix.boot"
PID_SPACE: Final = "ipcmatrix.pid_space"
PID: Final = "ipcmatrix.pid"
PID_STARTED: Final = "ipcmatrix.pid_started"
STARTED: Final = "ipcmatrix.started"

PATIENCE: Final = 60.0
"""Seconds that a call to the engine may take, builds and imports excepted."""
CONNECTIONS: Final = 32
CGROUP_CONTROLS: Final = ("MemoryLimit", "SwapLimit", "CPUSet", "PidsLimit")
"""What `docker info` says of the limits that the kernel lets the engine set."""
REGISTRY_QUESTION: Final = "python:slim"
"""What the registry is asked for, to see whether it answers."""

Client = docker.DockerClient


class Socket(Protocol):
    """What carries an attached container's streams: a Unix socket, TLS, ssh."""

    def sendall(self, data: bytes, /) -> None:
        """Write all of `data`."""
        ...

    def settimeout(self, seconds: float | None, /) -> None:
        """Bound the time of the calls that follow."""
        ...

    def shutdown(self, how: int, /) -> None:
        """End both directions; who waits for the socket wakes up."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Attached:
    """The streams of a container, from before its start until it ends or `close`.

    The engine frames them; `frames` gives (is it stdout?, fragment) until the end.
    """

    def __init__(self, client: Client, container: Container, *, stdin: bool = False) -> None:
        api: Any = client.api  # its stubs know no plain dict
        asked = {"stdout": 1, "stderr": 1, "stream": 1, **({"stdin": 1} if stdin else {})}
        self._stream = api.attach_socket(str(container.id), params=asked)
        self.socket: Socket = getattr(self._stream, "_sock", self._stream)
        self.socket.settimeout(None)

    def frames(self) -> Iterator[tuple[bool, bytes]]:
        """Give the fragments as they come; the end is the container's, the engine's or ours."""
        untyped: Any = frames_iter_no_tty
        with suppress(OSError, ValueError):
            for number, data in untyped(self._stream):
                yield number == STDOUT, data

    def close(self) -> None:
        """Let go of the streams; who reads the frames comes to their end."""
        self.wake()
        self.socket.close()
        self._stream.close()

    def wake(self) -> None:
        """End the streams, so that who waits for a frame waits no longer."""
        with suppress(OSError):  # it is not connected any more
            self.socket.shutdown(SHUT_RDWR)


class Owner(NamedTuple):
    """The process that a container belongs to, as its labels tell it."""

    machine: str
    boot: str
    pid_space: str
    pid: int
    pid_started: str


def connect(timeout: float = PATIENCE) -> Client:
    """Return a client of the environment's engine (DOCKER_HOST, else the context of the CLI).

    Raises EnvironmentLacksError where none answers, with the address that was tried.
    """
    try:
        client = docker.from_env(version="auto", timeout=int(timeout), max_pool_size=CONNECTIONS)
        client.ping()
    except ENGINE_ERRORS as error:
        message = (
            f"no container engine answers at {_wanted_address()}: {brief(error)}. Start one, or "
            "name another with DOCKER_HOST, or measure with `--executor local`"
        )
        raise EnvironmentLacksError(message) from error
    return client


def available(client: Client) -> str:
    """Return "" where the engine can run our containers, or the reason why it cannot."""
    try:
        system = str(client.info().get("OSType", ""))
    except ENGINE_ERRORS as error:
        return f"the engine does not answer: {brief(error)}"
    if system != "linux":
        return f"the engine runs {system or 'unknown'} containers, and ours are for linux"
    return ""


def describe(client: Client) -> Mapping[str, str]:
    """Return what is known of the engine: version, API, cgroups, storage, security, place."""
    info, version = client.info(), client.version()
    return {
        "engine": str(version.get("Version", "")),
        "engine_api": str(version.get("ApiVersion", "")),
        "engine_api_used": str(client.api.api_version),
        "engine_address": address(client),
        "engine_cgroup": str(info.get("CgroupVersion", "1")),
        "engine_cgroup_driver": str(info.get("CgroupDriver", "")),
        "engine_storage": str(info.get("Driver", "")),
        "engine_runtime": str(info.get("DefaultRuntime", "")),
        "engine_security": ";".join(info.get("SecurityOptions") or ()),
        "engine_kernel": str(info.get("KernelVersion", "")),
        "engine_arch": str(info.get("Architecture", "")),
        "engine_folder": str(info.get("DockerRootDir", "")),
        "engine_lacks": ";".join(name for name in CGROUP_CONTROLS if info.get(name) is False),
    }


def registry_lacks(client: Client, name: str = REGISTRY_QUESTION) -> str:
    """Return "" where the image registry answers the engine, or the reason why it does not."""
    try:
        client.images.get_registry_data(name)
    except NotFound:
        return ""  # an answer, too
    except ENGINE_ERRORS as error:
        return brief(error)
    return ""


def address(client: Client) -> str:
    """Return where the engine listens; the SDK's name for a socket is spelled as a URL."""
    url = str(client.api.base_url)
    return "unix socket" if url.startswith("http+docker://") else url


def owner() -> Owner:
    """Return this process as an owner of containers."""
    pid = os.getpid()
    return Owner(_machine(), _boot(), _pid_space(), pid, _started(pid) or "")


def owner_labels() -> dict[str, str]:
    """Return the labels by which a later sweep tells whether the owner is still alive."""
    mine = owner()
    return {
        MACHINE: mine.machine,
        BOOT: mine.boot,
        PID_SPACE: mine.pid_space,
        PID: str(mine.pid),
        PID_STARTED: mine.pid_started,
        STARTED: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def owner_is_dead(labels: Mapping[str, str], running: bool) -> bool:
    """Return whether a container's owner has surely ended; in doubt it has not.

    A process of another machine, or of another container's process numbers, cannot be seen from
    here. After a reboot nothing runs any more: what does run belongs to a namesake elsewhere.
    """
    if labels.get(MACHINE) != _machine() or not labels.get(PID, "").isdigit():
        return False
    if labels.get(BOOT) != _boot():
        return not running
    if labels.get(PID_SPACE) != _pid_space():
        return False
    started = _started(int(labels[PID]))
    return started is None or started != labels.get(PID_STARTED, "")


def brief(error: BaseException) -> str:
    """Return an error of the SDK in one line: the engine's own words, where it said any."""
    if isinstance(error, APIError) and error.explanation:
        return " ".join(str(error.explanation).split())
    return " ".join(str(error).split()) or type(error).__name__


def _wanted_address() -> str:
    return os.environ.get("DOCKER_HOST") or "the socket of the Docker context in use"


def _machine() -> str:
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip() or platform.node()
    except OSError:
        return platform.node()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _pid_space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int) -> str | None:
    """Return when a process began, in the kernel's ticks; None: it has ended, "": not known."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            state, *fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if state in "ZX" else fields[18]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""
