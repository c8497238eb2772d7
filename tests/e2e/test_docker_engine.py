"""An engine that goes away: stopped, killed, stopped for good. The engine is the test's own."""

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from engines import (
    HERE,
    LIMITS,
    PrivateEngine,
    Running,
    agent_of,
    containers_of,
    executor_of,
    statuses,
    trial,
)

from runner.errors import EnvironmentLacksError
from runner.executors.docker import DockerExecutor
from runner.model import Image

pytestmark = [
    pytest.mark.docker,
    # The SDK leaves the socket of a connection that is refused to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def sockets_of_refused_connections() -> Iterator[None]:
    """Have them collected while their warning is ignored, not at the end of the session."""
    yield
    gc.collect()


HANGING = trial(fault="agent:hang", timeout=90.0)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_an_engine_ended_and_started_loses_the_trial_in_flight_only(
    how: str, private: PrivateEngine, private_image: Image
) -> None:
    with executor_of(private.client, private_image) as executor:
        running = Running(agent_of(executor), [trial(), HANGING, trial("queue")])
        getattr(private, how)()
        private.start()

        assert running.join() == ["ok", "lost", "ok"], running.records
        assert "the engine went away" in running.records[1].detail
        assert len(containers_of(private.client, executor.run)) == 1
    assert containers_of(private.client, executor.run) == []


def test_an_agent_that_is_idle_meanwhile_loses_nothing(
    private: PrivateEngine, private_image: Image
) -> None:
    with executor_of(private.client, private_image) as executor:
        agent = agent_of(executor)
        private.stop()
        private.start()

        assert statuses(agent.run([trial(), trial()])) == ["ok", "ok"]
    assert containers_of(private.client, executor.run) == []


def test_an_engine_that_stays_away_ends_the_run_with_what_was_measured(
    private: PrivateEngine, private_image: Image
) -> None:
    images = {HERE: private_image}
    with DockerExecutor(
        images, LIMITS, "forked", private.client, grace=1.0, reconnect=1.0
    ) as executor:
        agent = agent_of(executor)
        running = Running(agent, [trial(), HANGING, trial(), trial()])
        private.stop()

        assert running.join() == ["ok", "lost", "lost", "lost"]
        with pytest.raises(EnvironmentLacksError, match=r"not back after 1 s.*--resume"):
            agent.run([trial()])
    private.start()

    executor.close()  # the first time, nobody answered
    assert containers_of(private.client, executor.run) == []


def test_an_engine_that_hangs_loses_the_trial_in_flight(
    private: PrivateEngine, private_image: Image
) -> None:
    private.client.api.timeout = 2
    with executor_of(private.client, private_image) as executor:
        running = Running(agent_of(executor), [trial(), trial(fault="agent:hang", timeout=0.5)])
        os.kill(private.pid, signal.SIGSTOP)
        try:
            assert running.join() == ["ok", "lost"]
        finally:
            os.kill(private.pid, signal.SIGCONT)
    private.client.api.timeout = 30
    assert containers_of(private.client, executor.run) == []
