"""Machines of a cluster for tests: processes of ours, what they say and what they measure."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from runner.executors.local import MARK
from runner.process import descendants
from runner.runfolder.copies import ledger_of, whole_rounds
from tests.forked import forked

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
        time.sleep(0.2)  # to look through all processes costs as much as a round
    return found


class Started:
    """A process of a test, and what it says."""

    def __init__(
        self,
        folder: Path,
        name: str,
        command: Sequence[object],
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.log = folder / f"{name}.log"
        self.out = folder / f"{name}.out"
        inherited = {name: one for name, one in os.environ.items() if name != "DOCKER_HOST"}
        environment = {**inherited, **FAST, **(more or {})}
        with self.log.open("ab") as errors, self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [*map(str, command)],
                stdout=out,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                env=environment,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def says(self, text: str, seconds: float = 150.0) -> None:
        try:
            waited(lambda: text in self.said, seconds)
        except AssertionError:
            message = f"{text!r} is not in:\n{self.said}"
            raise AssertionError(message) from None

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
                self.process.wait(60)  # or its folder is left, on a busy machine
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Cluster:
    """Processes of a cluster over TLS on this machine, in one folder."""

    def __init__(self, folder: Path, rounds: int) -> None:
        self.folder = folder
        self.matrix = folder / "matrix.yaml"
        self.matrix.write_text(MATRIX.replace("ROUNDS", str(rounds)))
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.keys = folder / "keys"
        self.port = free_port()
        self.host = "127.0.0.1"
        self.started: list[Started] = []
        self.environment = {"TMPDIR": str(self.temporary)}
        self._seen: set[psutil.Process] = set()
        made = forked("keys", self.keys)
        assert made.returncode == 0, made.stderr

    @property
    def url(self) -> str:
        return f"tls://{self.host}:{self.port}"

    def start(
        self, name: str, *arguments: object, before: Sequence[str] = (), **more: str
    ) -> Started:
        return self.program(name, *before, *ipcmatrix(*arguments), **more)

    def program(self, name: str, *command: object, **more: str) -> Started:
        """Start any program as one of the cluster's."""
        found = Started(self.folder, name, command, {**self.environment, **more})
        self.started.append(found)
        return found

    def worker(
        self, name: str, *more: object, before: Sequence[str] = (), host: str = "", **env: str
    ) -> Started:
        """Start a worker; the scheduler is at `host` for it, `before` is where it is started."""
        given = ("--keys", self.keys, "--machine", name, "--spool", self.spool_of(name))
        turn = () if "--share-kernel" in more or "alone" in more else ("--share-kernel", "turn")
        rest = [one for one in more if one != "alone"]
        at = f"tls://{host or self.host}:{self.port}"
        return self.start(name, "worker", at, *given, *turn, *rest, before=before, **env)

    def spool_of(self, machine: str) -> Path:
        return self.folder / f"spool-{machine}"

    def scheduler(self, host: str = "") -> Started:
        where = f"listen:{host or self.host}:{self.port}"
        return self.start("scheduler", "scheduler", where, "--keys", self.keys)

    def driver(self, name: str, *more: object, listen: bool = True, at: object = "") -> Started:
        """Start a driver that listens, or goes to the scheduler that is there: our own, or `at`."""
        where = at or (f"listen:{self.host}:{self.port}" if listen else self.url)
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
        path = self.spool_of(machine) / part / "trials" / f"{machine}.csv"
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

    def left(self) -> list[int]:
        """Return what lives of our part processes, and of all that their agents started."""
        marks = tuple(f"{MARK}={one.pid:08}-".encode() for one in self._seen)
        found = self.parts()
        for pid in psutil.pids() if marks else ():
            with suppress(OSError):
                entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                found += [pid for entry in entries if entry.startswith(marks)]
        return found

    def end(self) -> None:
        for one in reversed(self.started):
            one.end()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() not in ENDED
    except psutil.NoSuchProcess:
        return False


HOST, GUEST = "10.219.7.1", "10.219.7.2"


class Cable:
    """A network namespace with one cable to ours; a machine inside reaches us at HOST."""

    def __init__(self, number: int = 0) -> None:
        name = f"ipcm{os.getpid() % 10000}{number}"
        self.host, self.guest = (one.replace(".7.", f".{7 + number}.") for one in (HOST, GUEST))
        self.ours, self.theirs = f"{name}a", f"{name}b"
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "3600"])
        self.inside = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]
        there = Path(f"/proc/{self.holder.pid}/ns/net")
        own = os.readlink("/proc/self/ns/net")  # noqa: PTH115
        waited(lambda: os.readlink(there) != own, 10)  # noqa: PTH115
        _ip("link", "add", self.ours, "type", "veth", "peer", self.theirs)
        _ip("link", "set", self.theirs, "netns", str(self.holder.pid))
        _ip("addr", "add", f"{self.host}/30", "dev", self.ours)
        _ip("link", "set", self.ours, "up")
        for words in (
            ("addr", "add", f"{self.guest}/30", "dev", self.theirs),
            ("link", "set", self.theirs, "up"),
            ("link", "set", "lo", "up"),
            # To the hosts' other cables, which the driver listens on as well.
            ("route", "add", "default", "via", self.host),
        ):
            subprocess.run([*self.inside, "ip", *words], check=True, capture_output=True)

    def cut(self) -> None:
        _ip("link", "set", self.ours, "down")

    def heal(self) -> None:
        _ip("link", "set", self.ours, "up")

    def remove(self) -> None:
        self.holder.send_signal(signal.SIGKILL)
        self.holder.wait()
        subprocess.run(["ip", "link", "del", self.ours], check=False, capture_output=True)

    @staticmethod
    def lack() -> str:
        """Return why there can be none here."""
        have = os.geteuid() == 0 and all(map(shutil.which, ("ip", "unshare", "nsenter")))
        return "" if have else "a network namespace needs root, ip, unshare and nsenter"


APART = """\
mount -t tmpfs tmpfs /run/lock
mount -t tmpfs tmpfs /dev/shm
touch /tmp/ipcmatrix.lock
mount --bind "$0" /proc/sys/kernel/random/boot_id
mount --bind "$1" /tmp/ipcmatrix.lock
shift
exec "$@"
"""


def apart(folder: Path, name: str) -> list[str]:
    """Return what starts a program with a boot, locks and shared memory of its own; needs root.

    To a driver it is on another machine, so that several measure at once: to see how they fail, not
    how fast they are.
    """
    boot, lock = folder / f"boot-{name}", folder / f"lock-{name}"
    boot.write_text(f"{uuid.uuid4()}\n")
    lock.touch()
    return ["unshare", "--mount", "sh", "-ec", APART, str(boot), str(lock)]


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


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
