"""Ways to measure on a cluster besides a scheduler on IPv4: all in one process, and IPv6."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.runfolder.folder import read_folder
from tests.forked import forked
from tests.machines import MATRIX, Cluster, cluster, waited
from tests.small_runs import few_interpreters, let_wait

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300)]

ROUNDS = 50


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, rounds=ROUNDS) as found:
        found.environment |= few_interpreters(tmp_path / "home")
        let_wait(found.matrix)
        yield found
    waited(lambda: not found.left(), 10, "processes are left")


def test_here_is_interrupted_and_continued_and_keeps_what_its_spool_has(made: Cluster) -> None:
    first = made.driver("first", "--machine", "h1", at="here")
    waited(lambda: made.rounds("h1") > 3)
    run = made.run
    second = made.driver("second", "--machine", "h2", "--out", made.folder / "other", at="here")
    assert second.ends(60) == 3
    assert "another run of ipcmatrix measures on this machine (pid" in second.said
    first.signal(signal.SIGINT)
    assert first.ends(30) == 130
    assert "continue with --resume" in first.said
    env = {**os.environ, **made.environment}
    alone = forked("run", "--matrix", made.matrix, "--resume", run, env=env)
    assert (alone.returncode, "continue it with --cluster" in alone.stderr) == (2, True)
    again = made.driver("again", "--machine", "h1", "--resume", run, at="here")
    assert again.ends() == 0, again.said
    copy, spool = run / "parts" / "h1", run / "spool" / f"{run.name}.h1"
    trials = Path("trials") / "h1.csv"
    assert (copy / trials).read_bytes() == (spool / trials).read_bytes()
    found = read_folder(copy)
    assert not found.said
    measured = found.trials[0].frame.query("phase == 'measure'")
    assert measured.groupby(["session", "round"]).ngroups == ROUNDS
    moved = run.rename(run.with_name("renamed"))
    gone = made.driver("renamed", "--machine", "h1", "--resume", moved, at="here")
    assert (gone.ends(60), f"is of the run {run.name}.h1" in gone.said) == (2, True)


def test_machines_meet_over_ipv6(made: Cluster) -> None:
    try:
        socket.create_server(("::1", made.port), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("needs the loopback address of IPv6")
    made.host = "[::1]"
    made.matrix.write_text(MATRIX.replace("ROUNDS", "5"))
    driver = made.driver("driver")
    made.worker("h1", "alone")
    assert driver.ends() == 0, driver.said
    made.assert_same("h1")
    assert "h1: this driver runs on it too" in driver.said
    scheduler = made.scheduler()
    scheduler.says(f"scheduler at {made.url}")
