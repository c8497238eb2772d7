"""Workers, drivers and schedulers that end, stop and come back while a run goes on, over TLS.

Of every fault: no round is lost that a spool had, none is doubled, and no process is left.
"""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from machines import Cluster, cluster, result, waited

from runner.runfolder.folder import read_folder

pytestmark = [pytest.mark.machine, pytest.mark.timeout(600)]

ROUNDS = 120
"""A quiet machine needs about 12 s for them: time for all that happens meanwhile."""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, rounds=ROUNDS) as found:
        yield found
    waited(lambda: not found.parts(), 10, "part processes are left")


def test_workers_that_are_killed_drained_stopped_or_late(made: Cluster) -> None:
    driver = made.driver("driver", "--machines", "1")
    first = made.worker("h1")
    waited(lambda: made.rounds("h1") > 3)
    second = made.worker("h2")  # late
    driver.says("h2 is there")
    assert made.parts()
    first.signal(signal.SIGKILL)
    waited(lambda: made.rounds("h2"), 60)  # its turn
    driver.says("h1 was lost: the worker ended")
    first = made.worker("h1")
    driver.says("h1 is there again")
    second.signal(signal.SIGTERM)  # drained
    assert second.ends(15) == 0
    driver.says("h2 was lost")
    before = made.rounds("h1")
    waited(lambda: made.rounds("h1") > before + 3)
    first.signal(signal.SIGSTOP)
    driver.says("h1 was lost: the worker ended, or did not answer", 30)
    lost = made.rounds("h1")
    waited(lambda: not made.parts(), 60)  # its part measured to the end into the spool
    first.signal(signal.SIGCONT)
    second = made.worker("h2")
    assert driver.ends(120) == 0, driver.said
    assert "more from its spool" in driver.said
    assert made.rounds("h1") > lost
    made.assert_same("h1", "h2")
    for machine, losses in (("h1", 2), ("h2", 1)):
        found = read_folder(made.run / "parts" / machine)
        assert not found.said
        told = {one["machine"]: one for one in result(driver)["machines"]}
        assert (told[machine]["state"], told[machine]["losses"]) == ("done", losses)
        (block,) = found.trials[0].frame["block"].unique()
        measured = found.trials[0].frame.query("phase == 'measure'")
        assert measured.groupby(["session", "round"]).ngroups == ROUNDS, block


def test_drivers_and_schedulers_that_end(made: Cluster) -> None:
    scheduler = made.scheduler()
    scheduler.says("scheduler at")
    worker = made.worker("h1", "alone")
    killed = made.driver("killed", listen=False)
    waited(lambda: made.rounds("h1") > 3)
    killed.signal(signal.SIGKILL)
    waited(lambda: not made.parts(), 15, "the part goes on for a driver that is dead")

    again = made.driver("again", "--resume", made.run, listen=False)
    before = made.rounds("h1")
    waited(lambda: made.rounds("h1") > before + 3)
    scheduler.signal(signal.SIGKILL)
    again.says("the scheduler has gone")
    waited(lambda: not made.parts(), 15, "the part goes on for a scheduler that is dead")
    scheduler = made.scheduler()
    again.says("h1 is there again")
    before = made.rounds("h1")
    waited(lambda: made.rounds("h1") > before + 3)
    other = made.driver("other", "--out", made.folder / "second", listen=False)
    other.says("h1 is busy with another run")
    began = time.monotonic()
    again.signal(signal.SIGINT)
    assert again.ends(20) == 130
    assert time.monotonic() - began < 15
    assert "continue with --resume" in again.said
    made.assert_same("h1")
    other.signal(signal.SIGINT)
    assert other.ends(20) == 130
    last = made.driver("last", "--resume", made.run, listen=False)
    assert last.ends() == 0, last.said
    made.assert_same("h1")
    assert not read_folder(made.run / "parts" / "h1").said
    assert worker.process.poll() is None
