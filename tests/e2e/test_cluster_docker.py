"""`docker` as the executor of a part: a worker measures in containers of the engine it names."""

import json
import signal
from pathlib import Path

import pytest
from engines import PrivateEngine

from runner.engine import KIND, Client
from runner.runfolder.folder import read_folder
from tests.machines import NEWEST, cluster, waited

pytestmark = [pytest.mark.docker, pytest.mark.machine, pytest.mark.timeout(600)]

ROUNDS = 40
IN_CONTAINERS = """\
executor: docker
limits: {memory: 192MiB, shm_size: 32MiB, pids: 64}
images: {source: host}
"""


def containers(client: Client) -> list[str]:
    listed = client.containers.list(
        all=True, ignore_removed=True, filters={"label": f"{KIND}=container"}
    )
    return [str(one.id) for one in listed]


def test_a_part_is_measured_in_containers_of_its_own_engine_and_continues_after_a_kill(
    private: PrivateEngine, client: Client, tmp_path: Path
) -> None:
    with cluster(tmp_path, rounds=ROUNDS) as made:
        made.matrix.write_text(made.matrix.read_text() + IN_CONTAINERS)
        driver = made.driver("driver")
        worker = made.worker("h1", "alone", DOCKER_HOST=private.address)
        waited(lambda: made.rounds("h1") > 3)
        assert containers(private.client)
        worker.signal(signal.SIGKILL)
        driver.says("h1 was lost")
        made.worker("h1", "alone", DOCKER_HOST=private.address)
        assert driver.ends() == 0, driver.said
        made.assert_same("h1")
        part = made.run / "parts" / "h1"
        waited(lambda: not containers(private.client), 30, "containers are left")
    found = read_folder(part)
    assert not found.said
    measured = found.trials[0].frame.query("phase == 'measure'")
    assert measured.groupby(["session", "round"]).ngroups == ROUNDS
    head = json.loads((part / "run.json").read_text())
    place = head["places"][NEWEST]
    assert (head["executor"], place["executor"]) == ("docker", "docker")
    assert place["image_digest"] == private.client.images.get(place["image"]).id
    # Other tests may build images meanwhile, but not this one.
    others = {str(one.id) for one in client.images.list(all=True)}
    assert place["image_digest"] not in others, "the other engine is left alone"
    assert private.address not in (part / "run.json").read_text()
