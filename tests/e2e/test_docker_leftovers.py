import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docker.errors import NotFound
from engines import HERE, containers_of, executor_of, statuses, trial

from runner.engine import KIND, RUN, Client, owner_labels, ownership
from runner.executors.container import clean
from runner.model import Image

pytestmark = pytest.mark.docker

OWNER = """
import sys
from runner import engine
from runner.executors.docker import DockerExecutor
from runner.model import Cell, Limits, Trial
from engines import HERE, image_of, faulty_recipe

client = engine.connect()
image = image_of(client, faulty_recipe())
executor = DockerExecutor({HERE: image}, Limits(), "forked", client).__enter__()
agent = executor.open([HERE])[HERE]
print(executor.run, flush=True)
if sys.argv[1] == "busy":
    agent.run([Trial(Cell(HERE, "pipe"), 1, 0, 0, 90.0, "agent:hang")])
sys.stdin.read()
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def stray(client: Client, image: Image) -> Iterator[dict[str, str]]:
    """Give labels to be changed; what carries them is removed in the end, whatever a test does."""
    labels = {KIND: "container", RUN: f"stray-{time.monotonic_ns()}", **owner_labels()}
    yield labels
    for name in containers_of(client, labels[RUN]):
        with suppress(NotFound):
            client.containers.get(name).remove(force=True)


def owner(how: str) -> tuple["subprocess.Popen[str]", str]:
    """Start an orchestrator with one container; return it and the name of its run."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, how],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{Path(__file__).parent}", "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("how", ["idle", "busy"])
def test_what_a_killed_orchestrator_left_is_swept_at_the_next_start(
    client: Client, image: Image, how: str
) -> None:
    process, run = owner(how)
    try:
        assert len(containers_of(client, run)) == 1
        with executor_of(client, image):
            assert len(containers_of(client, run)) == 1, "its owner lives"
    finally:
        end(process)

    with executor_of(client, image) as executor:
        assert containers_of(client, run) == []
        agent = executor.open([HERE])[HERE]
        assert not isinstance(agent, str)
        assert statuses(agent.run([trial()])) == ["ok"]


def test_the_container_of_a_killed_orchestrator_ends_by_itself(client: Client) -> None:
    process, run = owner("idle")
    (name,) = containers_of(client, run)
    end(process)

    assert client.containers.get(name).wait(timeout=30)["StatusCode"] == 0
    assert name in clean(client).removed


def test_clean_touches_only_what_carries_the_label_of_a_dead_process_here(
    client: Client, image: Image, stray: dict[str, str]
) -> None:
    gone = {**stray, ownership.OWNER: "ipcmatrix-owner-12345678"}
    made = {
        "no label of ours": {RUN: stray[RUN]},
        "a living process": stray,
        "another machine": {**gone, ownership.PLACE: "elsewhere"},
        "no process named": {**stray, ownership.OWNER: ""},
        "dead": gone,
    }
    names = {
        str(client.containers.create(image.tag, labels=labels, network_mode="none").id): case
        for case, labels in made.items()
    }

    swept = clean(client)

    removed = {names[name] for name in swept.removed if name in names}
    assert removed == {"dead"}
    unseen = "its owner cannot be seen from here"
    assert {names[name]: why for name, why in swept.left if name in names} == {
        "a living process": "in use",
        "another machine": unseen,
        "no process named": unseen,
    }
    left = {names[name] for name in containers_of(client, stray[RUN])}
    assert left == set(made) - removed
