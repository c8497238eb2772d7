"""What the tests with a real engine share: one engine of the environment, one image, one other."""

import os
from collections.abc import Iterator

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
