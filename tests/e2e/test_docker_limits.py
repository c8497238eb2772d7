import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import HERE, LIMITS, agent_of, executor_of, statuses, trial

from runner.engine import Client
from runner.executors import docker as docker_executor
from runner.executors.docker import DockerExecutor
from runner.executors.limits import HOST_IPC, options
from runner.model import Image, Limits

pytestmark = pytest.mark.docker
OUR_IPC = str(Path("/proc/self/ns/ipc").readlink())


@pytest.fixture(scope="module")
def limited(client: Client, image: Image) -> Iterator[DockerExecutor]:
    """Give an executor whose agent is there, to tests that only look at it."""
    with executor_of(client, image) as entered:
        agent_of(entered)
        yield entered


def test_every_limit_is_seen_from_inside(limited: DockerExecutor) -> None:
    seen = limited.facts()[HERE]

    assert seen["cores"] == "0"
    assert seen["cpuset"] == "0"
    assert seen["cpu_quota"] in ("-1", "max 100000")
    assert seen["memory_bytes"] == str(192 * 1024**2)
    assert seen["swap_bytes"] == "0"
    assert seen["shm_bytes"] == str(32 * 1024**2)
    assert seen["pids"] == "64"
    assert seen["uid"] == "65534"
    assert seen["root_writable"] == "no"
    assert seen["tmp_writable"] == "yes"
    assert seen["interfaces"] == "lo"
    assert seen["writable_mounts"] == "none"
    assert seen["ipc_namespace"] not in ("unknown", HOST_IPC, OUR_IPC)
    assert seen["docker_socket"] == "no"
    assert seen["capabilities"].strip("0") == ""
    assert seen["no_new_privileges"] == "1"
    assert not seen["process_1"].startswith("python")


def test_facts_name_image_engine_limits_and_environment(
    limited: DockerExecutor, image: Image, client: Client
) -> None:
    facts = limited.facts()[HERE]

    assert facts["executor"] == "docker"
    assert facts["image"] == image.tag
    assert facts["image_digest"] == image.digest == client.images.get(image.tag).id
    assert facts["image_base_digest"] == image.base_digest
    assert facts["image_base_digest"].startswith("sha256:")
    assert facts["image_source"] == "host"
    assert facts["engine"] == client.version()["Version"]
    assert facts["limit_memory"] == str(192 * 1024**2)
    assert facts["environment"] == (
        "HOME=/ LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin PYTHONHASHSEED=0 "
        "PYTHONPATH=/opt/ipcmatrix/packages"
    )


def test_the_engine_is_reported_what_cannot_be_seen_from_inside(
    limited: DockerExecutor, client: Client
) -> None:
    (container,) = client.containers.list(filters={"label": f"ipcmatrix.run={limited.run}"})
    host = container.attrs["HostConfig"]

    assert host["IpcMode"] == "private"
    assert host["LogConfig"]["Type"] == "none"
    assert host["MemorySwap"] == host["Memory"] == 192 * 1024**2
    assert host["Init"] is True
    assert host["AutoRemove"] is False
    assert host["Binds"] is None
    assert container.attrs["Mounts"] == []
    assert {limit["Name"]: limit["Hard"] for limit in host["Ulimits"]} == {
        "core": 0,
        "nofile": 4096,
    }


def test_shared_memory_is_as_large_as_asked_and_semaphores_work(executor: DockerExecutor) -> None:
    agent = agent_of(executor)

    records = agent.run([trial("queue"), trial("pipe_locked"), trial("manager_queue")])

    assert statuses(records) == ["ok", "ok", "ok"]
    assert all(record.facts for record in records)


def test_a_container_without_limits_is_as_wide_as_the_engine(client: Client, image: Image) -> None:
    unlimited = Limits(cpuset=None, memory=None)
    with executor_of(client, image, unlimited) as executor:
        agent_of(executor)
        seen = executor.facts()[HERE]

    assert seen["limit_cpuset"] == "none"
    assert seen["limit_memory"] == "none"
    assert seen["memory_bytes"] == "max" or int(seen["memory_bytes"]) > 2**60


def test_cores_that_do_not_exist_are_a_reason_not_a_container(client: Client, image: Image) -> None:
    with executor_of(client, image, dataclasses.replace(LIMITS, cpuset="4096")) as executor:
        reason = executor.open([HERE])[HERE]

    assert isinstance(reason, str)
    assert "4096" in reason


def test_an_interpreter_without_an_image_keeps_its_reason(client: Client) -> None:
    with executor_of(client, "the registry does not answer") as executor:
        opened = executor.open([HERE, "2.4"])

    assert opened[HERE] == "the registry does not answer"
    assert "2.4" in str(opened["2.4"])


def test_a_writable_volume_and_shared_ipc_are_seen_and_refused(
    client: Client, image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    opened = {**options(LIMITS), "ipc_mode": "host", "volumes": [f"{tmp_path}:/data"]}
    opened.pop("shm_size")
    monkeypatch.setattr(docker_executor, "options", lambda _: opened)

    with executor_of(client, image) as executor:
        reason = executor.open([HERE])[HERE]

    assert "writable mounts: asked none, seen /data" in str(reason)
    assert "private IPC: asked yes" in str(reason)
