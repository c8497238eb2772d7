"""A short campaign of faults, each kind once; `nox -s faults` runs long ones, at random.

What a full disk and a folder that goes away do, test_ground tries.
"""

from pathlib import Path

import pytest

from runner import engine
from tests.faults import clusters, kinds
from tests.faults.campaign import Plan, campaign
from tests.faults.verbs import VERBS

pytestmark = pytest.mark.machine
SEED = 20121
PLANS: dict[str, list[Plan]] = {
    "local": [
        (
            (kinds.everything, kinds.signalled, kinds.below, kinds.damaged, kinds.descriptors),
            VERBS,
        ),
    ],
    # What a part does differently from a run.
    "part": [((kinds.driver_gone, kinds.everything, kinds.signalled, kinds.damaged), ())],
}

ON_A_CLUSTER = (clusters.part_disturbed, clusters.full_disk, clusters.all_killed)
"""What test_cluster and test_cluster_cuts do not do, on three machines at once."""


@pytest.mark.timeout(900)
@pytest.mark.interpreters
@pytest.mark.parametrize("executor", PLANS)
def test_faults_lose_nothing_and_leave_nothing(executor: str, tmp_path: Path) -> None:
    counts = campaign(0, executor, SEED, tmp_path, PLANS[executor])
    assert counts.series == len(PLANS[executor])
    assert counts.faults >= 3
    assert not counts.wrong(), "\n".join(counts.lines())


@pytest.mark.timeout(900)
@pytest.mark.docker
def test_random_faults_on_containers_leave_nothing(client: engine.Client, tmp_path: Path) -> None:
    counts = campaign(4, "docker", SEED, tmp_path)
    assert counts.faults >= 4
    assert not counts.wrong(), "\n".join(counts.lines())


@pytest.mark.timeout(900)
@pytest.mark.namespaces
def test_faults_on_a_cluster_lose_nothing_and_leave_nothing(tmp_path: Path) -> None:
    counts = clusters.campaign(0, SEED, tmp_path, plan=ON_A_CLUSTER)
    assert counts.faults >= 2, "without root no disk can be filled"
    assert not counts.wrong(), "\n".join(counts.lines())
