from dataclasses import replace

import pytest
from engines import Running, agent_of, containers_of, executor_of, statuses, trial

from runner.engine import Client
from runner.executors.docker import DockerExecutor
from runner.model import Image

pytestmark = pytest.mark.docker


def test_nothing_is_left_after_an_error_in_mid_run(client: Client, image: Image) -> None:
    executor = executor_of(client, image)

    def measure_and_fail() -> None:
        with executor:
            agent_of(executor)
            assert len(containers_of(client, executor.run)) == 1
            message = "the measuring failed"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="the measuring failed"):
        measure_and_fail()

    assert containers_of(client, executor.run) == []


def test_a_role_that_eats_its_memory_is_oom_and_the_round_continues(
    executor: DockerExecutor, client: Client
) -> None:
    agent = agent_of(executor)
    before = containers_of(client, executor.run)

    records = agent.run([trial(), trial(fault="producer:memory"), trial()])

    assert statuses(records) == ["ok", "oom", "ok"]
    assert "out of memory" in records[1].detail
    assert statuses(agent.run([trial()])) == ["ok"]
    assert containers_of(client, executor.run) != before


def test_an_agent_that_eats_its_memory_is_oom_and_is_replaced(executor: DockerExecutor) -> None:
    agent = agent_of(executor)

    records = agent.run([trial(fault="agent:memory"), trial()])

    assert statuses(records) == ["oom", "ok"]


def test_a_hung_role_is_ended_by_the_harness(executor: DockerExecutor, client: Client) -> None:
    agent = agent_of(executor)
    before = containers_of(client, executor.run)

    records = agent.run([trial(fault="worker:hang", timeout=1.0), trial()])

    assert statuses(records) == ["timeout", "ok"]
    assert containers_of(client, executor.run) == before


def test_a_container_that_does_not_answer_is_replaced(
    executor: DockerExecutor, client: Client
) -> None:
    agent = agent_of(executor)
    before = containers_of(client, executor.run)

    records = agent.run([trial(), trial(fault="agent:hang", timeout=0.5), trial()])

    assert statuses(records) == ["ok", "timeout", "ok"]
    after = containers_of(client, executor.run)
    assert len(after) == 1
    assert after != before


def test_an_agent_that_dies_says_how(executor: DockerExecutor) -> None:
    agent = agent_of(executor)

    asked = [trial(fault="agent:exit"), trial(), trial(fault="agent:segv"), trial()]
    records = agent.run(asked)

    assert statuses(records) == ["crashed", "ok", "crashed", "ok"]
    assert "exited with code 7" in records[0].detail
    assert "the agent's last words" in records[0].detail
    assert "SIGSEGV" in records[2].detail


def test_a_line_of_a_million_bytes_is_put_together_again(executor: DockerExecutor) -> None:
    agent = agent_of(executor)

    records = agent.run([trial(fault="agent:talk"), trial()])

    assert statuses(records) == ["ok", "ok"]
    assert records[0].detail == "long " * 200000


@pytest.mark.parametrize("how", ["kill", "remove", "stop"])
def test_a_container_ended_from_outside_loses_the_trial_in_flight_only(
    executor: DockerExecutor, client: Client, how: str
) -> None:
    agent = agent_of(executor)
    (victim,) = containers_of(client, executor.run)
    running = Running(agent, [trial(), trial(fault="agent:hang", timeout=60.0), trial()])

    container = client.containers.get(victim)
    if how == "kill":
        container.kill()
    elif how == "stop":
        container.stop(timeout=1)
    else:
        container.remove(force=True)

    assert running.join() == ["ok", "lost", "ok"]
    detail = running.records[1].detail
    assert "from outside" in detail or "by someone else" in detail
    assert statuses(agent.run([trial()])) == ["ok"]


def test_a_container_paused_from_outside_loses_the_trial_in_flight_only(
    executor: DockerExecutor, client: Client
) -> None:
    agent = agent_of(executor)
    (victim,) = containers_of(client, executor.run)
    client.containers.get(victim).pause()

    records = agent.run([trial(timeout=0.5), trial()])

    assert statuses(records) == ["lost", "ok"]
    assert "paused from outside" in records[0].detail


def test_the_image_of_the_start_is_measured_whatever_becomes_of_its_tag(
    client: Client, image: Image
) -> None:
    tag = "ipcmatrix-test-ground:1"
    client.images.get(image.tag).tag(tag)
    kept = client.containers.create(image.tag)
    other = kept.commit("ipcmatrix-test-ground", "2", changes="LABEL changed=yes")
    kept.remove()
    ours = replace(image, tag=tag)
    with executor_of(client, ours) as executor:
        agent = agent_of(executor)
        other.tag(tag)
        assert statuses(agent.run([trial(fault="agent:exit"), trial()])) == ["crashed", "ok"]
        (container,) = containers_of(client, executor.run)
        assert client.containers.get(container).attrs["Image"] == image.digest
    gone = replace(ours, digest=str(other.id))
    with executor_of(client, gone) as executor:
        agent = agent_of(executor)
        (victim,) = containers_of(client, executor.run)
        client.containers.get(victim).remove(force=True)
        client.images.remove(str(other.id), force=True)
        records = agent.run([trial(), trial()])
    assert statuses(records) == ["unavailable", "unavailable"]
    assert f"the image {tag} was removed while the run measured" in records[1].detail


def test_an_idle_container_killed_from_outside_loses_nothing(
    executor: DockerExecutor, client: Client
) -> None:
    agent = agent_of(executor)
    (victim,) = containers_of(client, executor.run)

    client.containers.get(victim).kill()
    client.containers.get(victim).wait()

    assert statuses(agent.run([trial(), trial()])) == ["ok", "ok"]
    assert victim not in containers_of(client, executor.run)
