"""Networks that are cut: a machine goes on into its spool, and nothing of it is lost.

The worker is in a network namespace of its own; its cable is pulled by setting the link down.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from machines import Cluster, cluster, waited

from runner.runfolder.folder import read_folder

pytestmark = [pytest.mark.machine, pytest.mark.namespaces, pytest.mark.timeout(600)]

HOST, GUEST = "10.219.7.1", "10.219.7.2"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Cable:
    """A namespace with one cable to ours."""

    def __init__(self) -> None:
        self.ours, self.theirs = f"ipcm{os.getpid() % 10000}a", f"ipcm{os.getpid() % 10000}b"
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "600"])
        self.inside = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]
        there = Path(f"/proc/{self.holder.pid}/ns/net")
        own = os.readlink("/proc/self/ns/net")  # noqa: PTH115
        waited(lambda: os.readlink(there) != own, 10)  # noqa: PTH115
        ip("link", "add", self.ours, "type", "veth", "peer", self.theirs)
        ip("link", "set", self.theirs, "netns", str(self.holder.pid))
        ip("addr", "add", f"{HOST}/30", "dev", self.ours)
        ip("link", "set", self.ours, "up")
        for words in (
            ("addr", "add", f"{GUEST}/30", "dev", self.theirs),
            ("link", "set", self.theirs, "up"),
            ("link", "set", "lo", "up"),
        ):
            subprocess.run([*self.inside, "ip", *words], check=True, capture_output=True)

    def cut(self) -> None:
        ip("link", "set", self.ours, "down")

    def heal(self) -> None:
        ip("link", "set", self.ours, "up")

    def remove(self) -> None:
        self.holder.send_signal(signal.SIGKILL)
        self.holder.wait()
        subprocess.run(["ip", "link", "del", self.ours], check=False, capture_output=True)


@pytest.fixture
def cable() -> Iterator[Cable]:
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare", "nsenter"))):
        pytest.skip("a network namespace needs root, ip, unshare and nsenter")
    made = Cable()
    yield made
    made.remove()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, rounds=150) as found:
        found.host = HOST
        found.environment = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "10s"}
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
    assert measured.groupby(["session", "round"]).ngroups == 150
    assert worker.process.poll() is None
