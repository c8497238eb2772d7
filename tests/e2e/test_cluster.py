"""Workers, drivers and schedulers that end, stop and come back while a run goes on, over TLS.

Of every fault: no round is lost that a spool had, none is doubled, and no process is left.
"""

import hashlib
import json
import os
import re
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.pipeline.report import findings_of
from runner.runfolder.folder import read_folder
from tests.forked import forked
from tests.machines import MATRIX, NEWEST, Cluster, cluster, result, waited
from tests.small_runs import few_interpreters, let_wait

pytestmark = [pytest.mark.machine, pytest.mark.timeout(600)]

ROUNDS = 60
"""A quiet machine needs about 18 s for them: time for all that happens meanwhile."""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, rounds=ROUNDS) as found:
        found.environment |= few_interpreters(tmp_path / "home")
        let_wait(found.matrix)
        yield found
    waited(lambda: not found.left(), 10, "processes are left")
    assert not list(found.temporary.iterdir()), "who was killed is tidied up after by the next"


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
    made.matrix.write_text(made.matrix.read_text().replace(str(ROUNDS), str(2 * ROUNDS)))
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
    other = made.driver("other", "--out", made.folder / "second", listen=False)
    other.says("h1 is busy with another run")
    other.signal(signal.SIGINT)
    assert other.ends(20) == 130

    scheduler.signal(signal.SIGKILL)
    again.says("the scheduler has gone")
    waited(lambda: not made.parts(), 15, "the part goes on for a scheduler that is dead")
    scheduler = made.scheduler()
    again.says("h1 is there again")
    before = made.rounds("h1")
    waited(lambda: made.rounds("h1") > before + 3)
    began = time.monotonic()
    again.signal(signal.SIGINT)
    assert again.ends(20) == 130
    assert time.monotonic() - began < 15
    assert "continue with --resume" in again.said
    made.assert_same("h1")
    last = made.driver("last", "--resume", made.run, listen=False)
    assert last.ends() == 0, last.said
    made.assert_same("h1")
    assert not read_folder(made.run / "parts" / "h1").said
    assert worker.process.poll() is None


def test_a_frozen_scheduler_does_not_keep_ctrl_c_waiting(made: Cluster) -> None:
    scheduler = made.scheduler()
    scheduler.says("scheduler at")
    made.worker("h1", "alone")
    driver = made.driver("driver", listen=False)
    waited(lambda: made.rounds("h1") > 3)
    scheduler.signal(signal.SIGSTOP)
    time.sleep(2.5)  # the driver has asked it who is there
    driver.signal(signal.SIGINT)
    assert driver.ends(60) == 130
    assert "continue with --resume" in driver.said
    scheduler.signal(signal.SIGCONT)
    waited(lambda: not made.parts(), 30, "the part goes on for a driver that has ended")


SEVERAL = MATRIX.replace("queue]\n", "queue]\n  payload: [int, 'str:100', 'bytes:50']\n", 1)


def test_shards_on_two_machines_add_up_to_the_whole_matrix_and_name_no_host(tmp_path: Path) -> None:
    with cluster(tmp_path, rounds=6) as made:
        made.environment |= few_interpreters(tmp_path / "home")
        made.matrix.write_text(SEVERAL.replace("ROUNDS", "6"))
        driver = made.driver("driver", "--machines", "2", "--spread", "shard")
        made.worker("h1")
        made.worker("h2")
        assert driver.ends() == 0, driver.said
        made.assert_same("h1", "h2")
        only = ("--only", f"python={NEWEST}")
        env = {**os.environ, **made.environment}
        shards = ("--shards", "2", "--json")
        plan = forked("plan", "--matrix", made.matrix, *only, *shards, env=env)
        assert plan.returncode == 0, plan.stderr
        report = forked("report", made.run, "--out", tmp_path / "site")
        assert report.returncode == 0, report.stderr
    planned = [one for shard in json.loads(plan.stdout)["shards"] for one in shard["blocks"]]
    parts = [made.run / "parts" / name for name in ("h1", "h2")]
    measured = [set(read_folder(part).trials[0].frame["block"]) for part in parts]
    assert all(measured), "each has a share"
    assert sorted([*measured[0], *measured[1]]) == sorted(planned), "each block once"
    assert "all 6 combinations measured" in report.stdout

    def ratios(*folders: Path) -> list[tuple[object, ...]]:
        return sorted(
            (one.machine, one.block, one.clock, one.a, one.b, one.ratio, one.low, one.high)
            for one in findings_of(folders).comparisons
        )

    assert ratios(made.run) == sorted([*ratios(parts[0]), *ratios(parts[1])])
    assert not findings_of([made.run]).across, "nothing is pooled over machines"
    text = (tmp_path / "site" / "report.html").read_text()
    assert "h1" in text
    assert "h2" in text
    assert_names_nobody(made, made.run, tmp_path / "site", *map(made.spool_of, ("h1", "h2")))
    assert (made.keys / "worker.pem").stat().st_mode & 0o777 == 0o600


def assert_names_nobody(made: Cluster, *places: Path) -> None:
    """Nothing in a run, its spools and its report names addresses, keys or hosts."""
    secrets = ["127.0.0.1", "tls://", "--cluster", "--keys", "PRIVATE KEY", "BEGIN CERT"]
    secrets += [str(made.folder), made.folder.name, *fingerprints(made.keys)]
    secrets += [name for name in [socket.gethostname()] if len(name) > 4]
    port = re.compile(rf"[\w.\]]:{made.port}\b".encode())  # behind a host: JSON has numbers
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert len(files) > 40, "the report and the spools are there"
    for path in files:
        text = path.read_bytes()
        assert not [one for one in secrets if one.encode() in text], path
        assert not port.search(text), path


def fingerprints(keys: Path) -> list[str]:
    """Return the fingerprints of certificates, in both spellings, and a line of each file."""
    found = []
    for path in keys.iterdir():
        text = path.read_text()
        begin = text.index("-----BEGIN CERT")
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(text[begin:])).hexdigest()
        pairs = ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
        found += [digest, pairs.upper(), text.splitlines()[2]]
    return found
