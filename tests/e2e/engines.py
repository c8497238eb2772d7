"""Engines, images and executors for the tests that need a real container engine."""

import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import docker

from runner import images
from runner.engine import RUN, Client
from runner.executors.base import Agent
from runner.executors.docker import DockerAgent, DockerExecutor
from runner.model import Cell, Image, Limits, Record, Trial

HERE = ".".join(map(str, sys.version_info[:2]))
"""The name of the interpreter that runs the tests: any engine can have it, from `host`."""
LIMITS = Limits(cpuset="0", memory=192 * 1024**2, shm_size=32 * 1024**2, pids=64)
PATIENCE = 60.0


def image_of(client: Client, recipe: images.Recipe | None = None) -> Image:
    """Return the image of this interpreter, with the real harness or with another."""
    built = images.build({HERE: sys.executable}, "host", {}, client, recipe=recipe)[HERE]
    assert isinstance(built, Image), built
    return built


def faulty_recipe() -> images.Recipe:
    """Return the real harness whose agent can also be made to fail."""
    real = images.read_recipe()
    main = Path(__file__).with_name("faulty_harness.py").read_bytes()
    return real._replace(harness={**real.harness, "__main__.py": main})


def executor_of(client: Client, image: Image | str, limits: Limits = LIMITS) -> DockerExecutor:
    return DockerExecutor({HERE: image}, limits, "forked", client, grace=1.0, reconnect=PATIENCE)


def agent_of(executor: DockerExecutor) -> Agent:
    agent = executor.open([HERE])[HERE]
    assert not isinstance(agent, str), agent
    return agent


def trial(transport: str = "pipe", fault: str = "", timeout: float = 30.0) -> Trial:
    return Trial(Cell(HERE, transport), 200, 10, 10, timeout, fault)


def statuses(records: Sequence[Record]) -> list[str]:
    return [record.status.value for record in records]


def containers_of(client: Client, run: str) -> list[str]:
    listed = client.containers.list(all=True, filters={"label": f"{RUN}={run}"})
    return [str(container.id) for container in listed]


def inside(client: Client, image: Image, code: str) -> str:
    """Return what a line of Python prints in a container of the image."""
    output = client.containers.run(
        image.tag,
        entrypoint=["/opt/ipcmatrix/python", "-c", code],
        command=[],
        remove=True,
        network_mode="none",
    )
    return str(output.decode()).strip()


class Running:
    """A request that runs in a thread, and whose last but one trial hangs in its agent."""

    def __init__(self, agent: Agent, trials: Sequence[Trial]) -> None:
        assert isinstance(agent, DockerAgent)
        self.records: list[Record] = []
        self._thread = threading.Thread(target=lambda: self.records.extend(agent.run(trials)))
        self._thread.start()
        deadline = time.monotonic() + PATIENCE
        while "hanging" not in agent.channels[-1].stderr:
            assert time.monotonic() < deadline, "no trial hangs"
            time.sleep(0.05)

    def join(self) -> list[str]:
        """Wait for all records and return their statuses."""
        self._thread.join(2 * PATIENCE)
        return statuses(self.records)


class PrivateEngine:
    """A dockerd of the test's own: its own socket, data and processes."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        # The paths of sockets are bounded (108 bytes, and containerd adds to ours): a short folder.
        self._run = Path(tempfile.mkdtemp(prefix="engine-"))
        self._socket = self._run / "docker.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self.client = docker.DockerClient(f"unix://{self._socket}", version="auto", timeout=30)

    def start(self) -> None:
        """Start the engine and wait until it answers."""
        command = [
            shutil.which("dockerd", path="/usr/sbin:/usr/bin:/usr/local/bin") or "dockerd",
            *("--host", f"unix://{self._socket}"),
            *("--data-root", str(self._folder / "data")),
            *("--exec-root", str(self._run / "exec")),
            *("--pidfile", str(self._run / "pid")),
            *("--bridge", "none", "--iptables=false", "--ip-forward=false", "--ip-masq=false"),
            *self._options,
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            told = (self._folder / "log").read_text()[-2000:]
            assert self._process.poll() is None, told
            assert time.monotonic() < deadline, told
            time.sleep(0.2)

    def stop(self) -> None:
        """End the engine in order: it ends its containers first."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(PATIENCE)

    @property
    def address(self) -> str:
        """What DOCKER_HOST has to be for the program to use this engine."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int:
        """The number of the engine's process."""
        assert self._process is not None
        return self._process.pid

    def end(self) -> None:
        """End the engine with all that it holds, whatever a test has left it in."""
        assert self._process is not None
        if self._process.poll() is not None:
            self.start()
        for container in self.client.containers.list(all=True, ignore_removed=True):
            container.remove(force=True)
        self.client.close()
        self.stop()
        mounts = Path("/proc/self/mounts").read_text().splitlines()
        for mount in sorted((line.split()[1] for line in mounts), reverse=True):
            if mount.startswith((f"{self._folder}/", f"{self._run}/")):
                subprocess.run(["umount", mount], check=True)
        shutil.rmtree(self._folder / "data")
        shutil.rmtree(self._run)

    def kill(self) -> None:
        """End the engine at once; its containers live on until it starts again."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)
        # Its containerd dies with it; where no init reaps it, the number seems to be in use.
        (self._run / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(5.0)
            try:
                asking.connect(str(self._socket))
                asking.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b"200 OK" in asking.recv(100)
            except OSError:
                return False


@contextmanager
def private_engine(*options: str) -> Iterator[PrivateEngine]:
    """Give an engine of its own, and leave neither process nor mount of it behind.

    Its folder has a short name, unlike pytest's: a socket's path may have 107 bytes.
    """
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        engine = PrivateEngine(Path(folder), *options)
        try:
            yield engine
        finally:
            engine.end()
