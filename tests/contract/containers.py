"""The docker executor as a place of the contract: its images, its agents' murder, what it left."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from runner import engine, images
from runner.engine.ownership import OWNER
from runner.errors import EnvironmentLacksError
from runner.executors.base import Executor
from runner.executors.docker import DockerExecutor
from runner.model import Image, Limits

LIMITS = Limits(memory=512 * 1024**2)


@cache
def client() -> engine.Client:
    try:
        return engine.connect()
    except EnvironmentLacksError as error:
        pytest.skip(str(error))


@cache
def built(pythons: tuple[tuple[str, str], ...]) -> Mapping[str, Image | str]:
    return images.build(dict(pythons), "host", {}, client())


@contextmanager
def containers(paths: Mapping[str, Path], invocation: str) -> Iterator[Executor]:
    """Give the executor over images of this machine's interpreters."""
    held = built(tuple((name, str(path)) for name, path in paths.items()))
    with DockerExecutor(held, LIMITS, invocation, client()) as executor:
        yield executor


def _ours() -> list[str]:
    owner = engine.owner_labels()[OWNER]
    listed = client().containers.list(all=True, filters={"label": f"{OWNER}={owner}"})
    return [str(container.id) for container in listed]


def left_in_engine() -> frozenset[int]:
    """Return the first process of each container of ours, 0 for one that does not run."""
    return frozenset(int(client().containers.get(name).attrs["State"]["Pid"]) for name in _ours())


def kill_in_engine() -> None:
    """Kill the harness below each container's init as the kernel would, not through the engine."""
    for name in _ours():
        first = int(client().containers.get(name).attrs["State"]["Pid"])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for pid in children:
            os.kill(int(pid), signal.SIGKILL)
