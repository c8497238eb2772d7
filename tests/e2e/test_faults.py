"""A short campaign of random faults; `nox -s faults` runs long ones."""

from pathlib import Path

import pytest

from runner import engine
from tests.faults.campaign import campaign

pytestmark = pytest.mark.machine


@pytest.mark.timeout(900)
@pytest.mark.interpreters
def test_random_faults_lose_nothing_and_leave_nothing(tmp_path: Path) -> None:
    counts = campaign(10, "local", 20121, tmp_path)
    assert counts.faults >= 10
    assert not counts.wrong(), "\n".join(counts.lines())


@pytest.mark.timeout(900)
@pytest.mark.docker
def test_random_faults_on_containers_leave_nothing(client: engine.Client, tmp_path: Path) -> None:
    counts = campaign(4, "docker", 20121, tmp_path)
    assert counts.faults >= 4
    assert not counts.wrong(), "\n".join(counts.lines())
