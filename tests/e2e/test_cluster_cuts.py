"""Networks that are cut: a machine goes on into its spool, and nothing of it is lost.

The worker is in a network namespace of its own; its cable is pulled by setting the link down.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.runfolder.folder import read_folder
from tests.machines import HOST, Cable, Cluster, cluster, waited
from tests.small_runs import few_interpreters, let_wait

pytestmark = [pytest.mark.machine, pytest.mark.namespaces, pytest.mark.timeout(600)]

ROUNDS = 75
"""They last longer than the scheduler waits for a machine that is cut off."""


@pytest.fixture
def cable() -> Iterator[Cable]:
    if lack := Cable.lack():
        pytest.skip(lack)
    made = Cable()
    yield made
    made.remove()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, rounds=ROUNDS) as found:
        found.environment |= few_interpreters(tmp_path / "home")
        let_wait(found.matrix)
        found.host = HOST
        found.environment["DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL"] = "10s"
        yield found


def test_a_cut_is_outlasted_and_a_long_one_gives_its_rounds_back(
    made: Cluster, cable: Cable
) -> None:
    driver = made.driver("driver")
    worker = made.worker("h1", "alone", before=cable.inside)
    waited(lambda: made.rounds("h1") > 3)
    cable.cut()
    time.sleep(1.5)
    cut_at, before = made.rounds("h1"), len(made.spool("h1"))
    waited(lambda: len(made.spool("h1")) > before, 20, "it does not go on while it is cut off")
    cable.heal()
    waited(lambda: made.rounds("h1") > cut_at + 3)
    assert "lost" not in driver.said, "a short cut is not noticed"

    cable.cut()
    driver.says("h1 was lost: the worker ended, or did not answer", 90)
    waited(lambda: not made.parts(), 90, "the part goes on for a driver that is out of reach")
    cable.heal()
    driver.says("h1 is there again", 90)
    driver.says("more from its spool", 30)
    assert driver.ends(180) == 0, driver.said
    made.assert_same("h1")
    found = read_folder(made.run / "parts" / "h1")
    assert not found.said
    measured = found.trials[0].frame.query("phase == 'measure'")
    assert measured.groupby(["session", "round"]).ngroups == ROUNDS
    assert worker.process.poll() is None
