"""How the environment's engine is reached, what it is, and a container's streams."""

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol

import docker
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.utils.socket import STDOUT, frames_iter_no_tty
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from runner.engine.wanted import wanted_address
from runner.errors import EnvironmentLacksError

ENGINE_ERRORS: Final = (DockerException, RequestException, HTTPError, OSError)
"""What the SDK raises when the engine refuses, does not answer or goes away in mid-sentence."""
UNUSABLE: Final = (*ENGINE_ERRORS, ValueError, TypeError, AttributeError, LookupError)
"""What it also raises for programs that only claim to be an engine, or an odd config.json."""

PATIENCE: Final = 60.0
"""Seconds that a call to the engine may take, builds and imports excepted."""
CONNECTIONS: Final = 32
CONFLICT: Final = 409
"""The engine's answer where something is in use, or is being removed already."""
CGROUP_CONTROLS: Final = {
    "MemoryLimit": "memory",
    "SwapLimit": "swap",
    "CPUSet": "cpuset",
    "PidsLimit": "pids",
}
"""What `docker info` says of the limits that the kernel lets the engine set, with our words."""
REGISTRY_QUESTION: Final = "python:slim"
"""An image that the registry is asked for, to see whether it answers."""

NO_SUCH_QUESTION: Final = re.compile("is not supported|page not found|^Not Found$", re.I)
"""What an engine says where it does not know a path of the API."""
NO_SUCH_IMAGE: Final = re.compile(
    "manifest unknown|name unknown|denied|unauthorized|: not found", re.I
)
"""A registry's answer, through the engine, about an image that it lacks or denies us."""

Client = docker.DockerClient


def connect(timeout: float = PATIENCE) -> Client:
    """Return a client of the engine that the environment names; see wanted_address.

    Raises EnvironmentLacksError where none answers, with the address and what names it, and
    AddressError, its kind, where no address of an engine is named.
    """
    wanted = wanted_address()
    client = None
    try:
        if wanted.url.startswith("unix://"):  # where nothing listens the SDK leaves a socket open
            with socket.socket(socket.AF_UNIX) as asking:
                asking.settimeout(PATIENCE)
                asking.connect(wanted.url.removeprefix("unix://"))
        client = docker.DockerClient(
            base_url=wanted.url,
            tls=wanted.tls or False,
            version="auto",
            timeout=int(timeout),
            max_pool_size=CONNECTIONS,
        )
        client.ping()
    except UNUSABLE as error:
        if client is not None:
            client.close()
        message = (
            f"no container engine answers at {wanted}: {brief(error)}. Start one, or name "
            "another with DOCKER_HOST, or measure with `--executor local`"
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
    """Return the engine's facts: version, API, cgroups, storage, security, place.

    Podman's service calls itself by name; a rootless engine has `name=rootless` in its security.
    """
    info, version = client.info(), client.version()
    parts = version.get("Components") or ()
    names = [str(part.get("Name", "")) for part in parts if isinstance(part, dict)]
    maker = "Podman" if any(name.startswith("Podman") for name in names) else ""
    security = list(info.get("SecurityOptions") or ())
    if info.get("Rootless") and "name=rootless" not in security:
        security.append("name=rootless")  # Podman has a field of its own for it
    return {
        "engine": " ".join(filter(None, (maker, str(version.get("Version", ""))))),
        "engine_api": str(version.get("ApiVersion", "")),
        "engine_api_used": str(client.api.api_version),
        "engine_address": address(client),
        "engine_cgroup": str(info.get("CgroupVersion", "1")),
        "engine_cgroup_driver": str(info.get("CgroupDriver", "")),
        "engine_storage": str(info.get("Driver", "")),
        "engine_runtime": str(info.get("DefaultRuntime", "")),
        "engine_security": ";".join(security),
        "engine_kernel": str(info.get("KernelVersion", "")),
        "engine_arch": str(info.get("Architecture", "")),
        "engine_folder": str(info.get("DockerRootDir", "")),
        "engine_lacks": ";".join(name for name in CGROUP_CONTROLS if info.get(name) is False),
    }


def lacks_only_the_image(error: BaseException) -> bool:
    """Return whether a registry answered, but has no such image, or not for us."""
    return isinstance(error, APIError) and NO_SUCH_IMAGE.search(brief(error)) is not None


def registry_lacks(client: Client) -> str:
    """Return "" where the image registry answers the engine, or the reason why it does not.

    A registry that knows no such image has answered, too. Podman's service lacks Docker's
    question, and is asked by its own; it gives 404 for whatever keeps it from an answer.
    """
    try:
        try:
            client.images.get_registry_data(REGISTRY_QUESTION)
        except NotFound as error:
            if not NO_SUCH_QUESTION.search(brief(error)):
                raise
            api: Any = client.api  # its stubs know no plain GET
            asked = f"/v4.0.0/libpod/manifests/docker.io/library/{REGISTRY_QUESTION}/json"
            api._result(api._get(f"{api.base_url}{asked}"))
    except ENGINE_ERRORS as error:
        reason = brief(error)
        if NO_SUCH_QUESTION.search(reason):
            return f"this engine cannot be asked: {reason}"
        return "" if lacks_only_the_image(error) else reason
    return ""


def address(client: Client) -> str:
    """Return where the engine listens: `unix socket` of this machine, `ssh`, or a URL."""
    url = str(client.api.base_url)
    return {"http+docker://localhost": "unix socket", "http+docker://ssh": "ssh"}.get(url, url)


def brief(error: BaseException) -> str:
    """Return an error of the SDK in one line: the engine's own words, where it said any."""
    if isinstance(error, APIError) and error.explanation:
        return " ".join(str(error.explanation).split())
    return " ".join(str(error).split()) or type(error).__name__


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
        """Yield the fragments as they come; the container, the engine or we end them."""
        untyped: Any = frames_iter_no_tty
        with suppress(OSError, ValueError):
            for number, data in untyped(self._stream):
                yield number == STDOUT, data

    def close(self) -> None:
        """Close the streams; readers of the frames see their end."""
        self.wake()
        self.socket.close()
        self._stream.close()

    def wake(self) -> None:
        """End the streams, so that nobody waits for a frame any longer."""
        with suppress(OSError):  # it is not connected any more
            self.socket.shutdown(socket.SHUT_RDWR)
