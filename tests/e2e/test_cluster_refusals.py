"""What a cluster does not let in, and what it says: one sentence each, with what to do."""

import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from runner.machine.lock import machine_lock
from tests.forked import forked
from tests.machines import Cluster, Started, cluster
from tests.small_runs import few_interpreters

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300)]

AS_OLD = """
import sys, runner
runner.__version__ = "0.0.1"
from runner.__main__ import start
sys.argv[0] = "ipcmatrix"
start()
"""
BARE_SCHEDULER = """
import asyncio, sys
sys.modules["runner"] = None
from distributed import Scheduler
from distributed.security import Security
ca, own, port = sys.argv[1:]
async def serve():
    files = {"tls_scheduler_cert": own, "tls_scheduler_key": own}
    security = Security(tls_ca_file=ca, require_encryption=True, **files)
    made = Scheduler(
        protocol="tls://", host="127.0.0.1", port=int(port), security=security, dashboard=False
    )
    await made
    print("up", file=sys.stderr, flush=True)
    await asyncio.sleep(60)
asyncio.run(serve())
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, rounds=5) as found:
        found.environment |= few_interpreters(tmp_path / "home")
        yield found


def refused(*arguments: object) -> tuple[int, str]:
    finished = forked(*arguments)
    assert "Traceback" not in finished.stderr
    return finished.returncode, finished.stderr


def answered_without_certificate(made: Cluster) -> bytes:
    """Return what the scheduler says to somebody who knows its authority and has no certificate."""
    context = ssl.create_default_context(cafile=made.keys / "ca.pem")
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", made.port), timeout=10) as plain:
        try:
            with context.wrap_socket(plain) as secured:
                return secured.recv(100)
        except TimeoutError:
            return b"it waits for us"
        except OSError:
            return b""


def test_strangers_are_refused_and_a_busy_machine_is_asked_again(
    made: Cluster, tmp_path: Path
) -> None:
    with machine_lock():
        driver = made.driver("driver")
        made.worker("h1", "alone")
        driver.says("h1: another run of ipcmatrix measures on this machine (pid")
        made.worker("h2", "alone")
        driver.says("h2 is on one kernel with h1 at tls://")
        given = ("worker", made.url, "--keys", str(made.keys), "--machine", "h3")
        old = Started(tmp_path, "old", [sys.executable, "-c", AS_OLD, *given], {})
        made.started.append(old)
        driver.says("h3 has another version (0.0.1, here ")
        driver.says("pip install 'ipcmatrix[cluster]==")

        assert forked("keys", tmp_path / "other").returncode == 0
        other = refused("worker", made.url, "--keys", tmp_path / "other")
        assert other[0] == 3
        assert "has a certificate of another authority" in other[1]
        run = ("run", "--matrix", made.matrix, "--out", tmp_path / "no")
        other = refused(*run, "--cluster", made.url, "--keys", tmp_path / "other")
        assert (other[0], "another authority" in other[1]) == (3, True)
        with socket.create_connection(("127.0.0.1", made.port)) as plain:
            plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
            with suppress(ConnectionResetError):
                assert plain.recv(100) == b""
        assert not answered_without_certificate(made)
        assert driver.process.poll() is None
    driver.signal(signal.SIGINT)
    assert driver.ends(20) == 130
    assert not list(made.folder.glob("out/*/parts/*/trials/*"))


def test_addresses_and_files_are_checked_before_anything_is_sent(
    made: Cluster, tmp_path: Path
) -> None:
    plain = refused("worker", f"tcp://127.0.0.1:{made.port}", "--keys", made.keys)
    assert (plain[0], "use tls:// with --keys" in plain[1]) == (2, True)
    nobody = refused("run", "--matrix", made.matrix, "--cluster", made.url, "--keys", made.keys)
    assert (nobody[0], "nobody listens there" in nobody[1]) == (3, True)
    bare = [sys.executable, "-c", BARE_SCHEDULER, made.keys / "ca.pem", made.keys / "scheduler.pem"]
    scheduler = Started(tmp_path, "bare", [*map(str, bare), str(made.port)], {})
    made.started.append(scheduler)
    scheduler.says("up")
    lacks = refused("run", "--matrix", made.matrix, "--cluster", made.url, "--keys", made.keys)
    assert lacks[0] == 3
    assert "pip install the same ipcmatrix[cluster] on the scheduler" in lacks[1]
