"""What the tests with a real engine share: one engine of the environment, one image, one other."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import (
    PrivateEngine,
    containers_of,
    executor_of,
    faulty_recipe,
    image_of,
    private_engine,
)

from runner import engine
from runner.errors import EnvironmentLacksError
from runner.executors.docker import DockerExecutor
from runner.model import Image


@pytest.fixture(scope="session")
def client() -> Iterator[engine.Client]:
    try:
        connected = engine.connect()
    except EnvironmentLacksError as error:
        pytest.skip(str(error))
    yield connected
    connected.close()


@pytest.fixture(scope="session")
def image(client: engine.Client) -> Image:
    return image_of(client, faulty_recipe())


@pytest.fixture
def executor(client: engine.Client, image: Image) -> Iterator[DockerExecutor]:
    """Give an executor, and hold it to leaving nothing behind."""
    with executor_of(client, image) as entered:
        yield entered
    assert containers_of(client, entered.run) == []


@pytest.fixture(scope="session")
def private() -> Iterator[PrivateEngine]:
    """Give an engine that a test may stop: nobody else's containers are in it."""
    if os.geteuid() != 0:
        pytest.skip("an engine of its own needs root")
    with private_engine() as started:
        yield started


@pytest.fixture(scope="session")
def private_image(private: PrivateEngine) -> Image:
    return image_of(private.client, faulty_recipe())


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Give the address of an image registry of our own, with nothing in it."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
        "http": {"addr": address},
    }
    (tmp_path / "registry.yml").write_text(json.dumps(config))
    process = subprocess.Popen(
        [program, "serve", str(tmp_path / "registry.yml")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield address
    process.terminate()
    process.wait()
