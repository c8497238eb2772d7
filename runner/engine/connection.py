"""How the environment's engine is reached, and what it is."""

import os
import socket
from collections.abc import Mapping
from typing import Final

import docker
from docker.context import ContextAPI
from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from runner.errors import EnvironmentLacksError

ENGINE_ERRORS: Final = (DockerException, RequestException, HTTPError, OSError)
"""What the SDK raises when the engine refuses, does not answer or goes away in mid-sentence."""

DEFAULT_ADDRESS: Final = "unix:///var/run/docker.sock"
PATIENCE: Final = 60.0
"""Seconds that a call to the engine may take, builds and imports excepted."""
CONNECTIONS: Final = 32
CGROUP_CONTROLS: Final = ("MemoryLimit", "SwapLimit", "CPUSet", "PidsLimit")
"""What `docker info` says of the limits that the kernel lets the engine set."""
REGISTRY_QUESTION: Final = "python:slim"
"""What the registry is asked for, to see whether it answers."""

Client = docker.DockerClient


def connect(timeout: float = PATIENCE) -> Client:
    """Return a client of the environment's engine (DOCKER_HOST, else the context of the CLI).

    Raises EnvironmentLacksError where none answers, with the address that was tried.
    """
    address = wanted_address()
    try:
        _knock(address)
        client = docker.from_env(version="auto", timeout=int(timeout), max_pool_size=CONNECTIONS)
        client.ping()
    except ENGINE_ERRORS as error:
        message = (
            f"no container engine answers at {address}: {brief(error)}. Start one, or name "
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


def wanted_address() -> str:
    """Return where the environment says that the engine is, as the SDK reads it."""
    named = os.environ.get("DOCKER_HOST")
    if named:
        return named
    found = ContextAPI.kwargs_from_context(environment=dict(os.environ))
    return str(found.get("base_url") or DEFAULT_ADDRESS)


def brief(error: BaseException) -> str:
    """Return an error of the SDK in one line: the engine's own words, where it said any."""
    if isinstance(error, APIError) and error.explanation:
        return " ".join(str(error.explanation).split())
    return " ".join(str(error).split()) or type(error).__name__


def _knock(address: str) -> None:
    """Raise OSError where nothing listens at a Unix socket: the SDK would leave one open then."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(PATIENCE)
            asking.connect(address.removeprefix("unix://"))
