"""Machines of a cluster for tests: processes of ours, what they say and what they measure."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from runner.process import descendants
from runner.runfolder.copies import ledger_of, whole_rounds

ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
NEWEST = f"{sys.version_info[0]}.{sys.version_info[1]}"
MATRIX = """\
axes:
  python: [found]
  transport: [pipe, queue]
compare:
  axes: {transport: {}}
measure: {target: 5ms, rounds: ROUNDS, min_rounds: ROUNDS, warmup_rounds: 0, gate_wait: 0s, seed: 7}
"""
FAST = {
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "3s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s",
}
"""Dask's times are minutes; tests do not wait for them."""


def ipcmatrix(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "runner", *map(str, arguments)]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def waited(condition: Callable[[], object], seconds: float = 150.0, what: str = "") -> Any:
    """Return what the condition gives once it is true."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, what or "it did not come in time"
        time.sleep(0.05)
    return found


class Started:
    """A process of a test, and what it says."""

    def __init__(
        self, folder: Path, name: str, command: Sequence[str], more: Mapping[str, str] | None = None
    ) -> None:
        self.log = folder / f"{name}.log"
        self.out = folder / f"{name}.out"
        environment = {**os.environ, **FAST, **(more or {})}
        environment.pop("DOCKER_HOST", None)
        with self.log.open("ab") as errors, self.out.open("wb") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=errors, stdin=subprocess.DEVNULL, env=environment
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def says(self, text: str, seconds: float = 150.0) -> None:
        waited(lambda: text in self.said, seconds, f"{text!r} is not in:\n{self.said}")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def ends(self, seconds: float = 200.0) -> int:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.said) from None

    def end(self) -> None:
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Cluster:
    """Processes of a cluster over TLS on this machine, in one folder."""

    def __init__(self, folder: Path, rounds: int) -> None:
        self.folder = folder
        self.matrix = folder / "matrix.yaml"
        self.matrix.write_text(MATRIX.replace("ROUNDS", str(rounds)))
        self.keys = folder / "keys"
        self.port = free_port()
        self.host = "127.0.0.1"
        self.started: list[Started] = []
        self.environment: dict[str, str] = {}
        self._seen: set[psutil.Process] = set()
        subprocess.run(ipcmatrix("keys", self.keys), check=True, capture_output=True)

    @property
    def url(self) -> str:
        return f"tls://{self.host}:{self.port}"

    def start(
        self, name: str, *arguments: object, before: Sequence[str] = (), **more: str
    ) -> Started:
        command = [*before, *ipcmatrix(*arguments)]
        found = Started(self.folder, name, command, {**self.environment, **more})
        self.started.append(found)
        return found

    def worker(self, name: str, *more: object, before: Sequence[str] = ()) -> Started:
        given = ("--keys", self.keys, "--machine", name, "--spool", self.folder / f"spool-{name}")
        turn = () if "--share-kernel" in more or "alone" in more else ("--share-kernel", "turn")
        rest = [one for one in more if one != "alone"]
        return self.start(name, "worker", self.url, *given, *turn, *rest, before=before)

    def scheduler(self) -> Started:
        where = f"listen:{self.host}:{self.port}"
        return self.start("scheduler", "scheduler", where, "--keys", self.keys)

    def driver(self, name: str, *more: object, listen: bool = True) -> Started:
        where = f"listen:{self.host}:{self.port}" if listen else self.url
        given = ("--matrix", self.matrix, "--only", f"python={NEWEST}", "--no-report", "--json")
        out = () if "--resume" in more else ("--out", self.folder / "out")
        return self.start(name, "run", *given, "--cluster", where, "--keys", self.keys, *out, *more)

    @property
    def run(self) -> Path:
        """The folder of the (newest) run."""
        return max(self.out.iterdir(), key=lambda path: path.stat().st_mtime)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def rounds(self, machine: str) -> int:
        """Return the rounds that the driver has of a machine."""
        self.parts()
        with suppress(OSError, ValueError, IndexError):
            data = (self.run / "parts" / machine / "trials" / f"{machine}.csv").read_bytes()
            return ledger_of(whole_rounds(data)).count
        return 0

    def spool(self, machine: str) -> bytes:
        """Return the whole rounds that the machine's spool has."""
        part = f"{self.run.name}.{machine}"
        path = self.folder / f"spool-{machine}" / part / "trials" / f"{machine}.csv"
        return whole_rounds(path.read_bytes())

    def assert_same(self, *machines: str) -> None:
        """The driver's copies are the spools, to the byte."""
        for machine in machines:
            path = self.run / "parts" / machine / "trials" / f"{machine}.csv"
            assert path.read_bytes() == self.spool(machine)

    def parts(self) -> list[int]:
        """Return the part processes of our workers, also of those that have ended, that live.

        They are known once they were seen below their worker, which `rounds` looks for.
        """
        workers = [one.process.pid for one in self.started]
        for pid in descendants(*workers):
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if process.cmdline()[-1:] == ["part"]:
                    self._seen.add(process)
        return [one.pid for one in self._seen if _lives(one)]

    def end(self) -> None:
        for one in reversed(self.started):
            one.end()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() not in ENDED
    except psutil.NoSuchProcess:
        return False


@contextmanager
def cluster(folder: Path, rounds: int) -> Iterator[Cluster]:
    made = Cluster(folder, rounds)
    try:
        yield made
    finally:
        made.end()


def result(started: Started) -> Mapping[str, Any]:
    """Return what a driver printed."""
    found: Mapping[str, Any] = json.loads(started.out.read_text())
    return found
