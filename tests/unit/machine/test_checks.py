"""What doctor says: each verdict from literal facts, and always with what to do."""

import gc
import http.server
import itertools
import json
import multiprocessing.synchronize
import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import pytest

from runner.machine import speed, trying
from runner.machine.checks import Check, checks, disk, engine_checks, interpreter_checks
from runner.model import Interpreter

GOOD: Mapping[str, Mapping[str, str]] = {
    "cpu": {
        "model": "AMD EPYC",
        "cores": "4",
        "usable_cores": "0,1,2,3",
        "smt": "off",
        "governor": "performance",
        "turbo": "off",
        "virtualisation": "none",
    },
    "ipc": {
        "pipe_max_bytes": "1048576",
        "pipe_user_pages_soft": "16384",
        "dev_shm_bytes": str(2 * 1024**3),
    },
    "cgroup": {"version": "2", "cpu_max": "max 100000"},
    "clock": {
        "source": "tsc",
        "monotonic": "clock_gettime",
        "resolution": "1e-09",
        "smallest_step": "5e-08",
    },
    "tool": {
        "version": "0.1.0",
        "commit": "abc",
        "python": "3.11.7",
        "implementation": "CPython",
    },
    "packages": {"pandas": "3.1.1"},
}
WHOLE = Interpreter("3.11", "3.11.7", "CPython", "/opt/python3.11", "PATH")


WORKS: Mapping[str, str] = {"semaphore": "", "shared_memory": "", "binding": ""}


def verdicts(
    changes: Mapping[str, Mapping[str, str]],
    foreign: float = 0.0,
    tries: Mapping[str, str] = WORKS,
    paced: float = 0.95,
) -> dict[str, Check]:
    told = {subject: {**known, **changes.get(subject, {})} for subject, known in GOOD.items()}
    found = checks([WHOLE], told, {"load": "0.10 0.20 0.30"}, foreign, tries, paced)
    return {check.name: check for check in found}


def test_a_good_machine_has_nothing_to_mend() -> None:
    assert {check.verdict for check in verdicts({}).values()} == {"ok"}


@pytest.mark.parametrize(
    ("subject", "fact", "value", "name", "verdict"),
    [
        ("cpu", "usable_cores", "2", "cores", "warn"),
        ("cpu", "usable_cores", "0,1", "cores", "warn"),
        ("cpu", "governor", "powersave", "governor", "warn"),
        ("cpu", "governor", "unknown", "governor", "ok"),
        ("cpu", "turbo", "on", "turbo", "ok"),
        ("cpu", "virtualisation", "kvm docker", "virtualisation", "warn"),
        ("cgroup", "cpu_max", "150000 100000", "cpu quota", "warn"),
        ("cgroup", "cpu_max", "unknown", "cpu quota", "ok"),
        ("ipc", "dev_shm_bytes", "unknown", "/dev/shm", "ok"),
        ("ipc", "dev_shm_bytes", str(63 * 1024**2), "/dev/shm", "warn"),
        ("ipc", "dev_shm_bytes", str(64 * 1024**2), "/dev/shm", "ok"),
        ("ipc", "pipe_user_pages_soft", "512", "pipes", "warn"),
        ("ipc", "pipe_user_pages_soft", "0", "pipes", "ok"),
        ("ipc", "pipe_user_pages_soft", "unknown", "pipes", "ok"),
        ("clock", "source", "hpet", "clock", "warn"),
        ("clock", "resolution", "0.01", "clock", "warn"),
        ("clock", "smallest_step", "1e-05", "clock", "warn"),
        ("clock", "smallest_step", "0", "clock", "warn"),
        ("packages", "pandas", "not installed", "tool", "bad"),
    ],
)
def test_each_lack_is_seen_and_says_what_to_do(
    subject: str, fact: str, value: str, name: str, verdict: str
) -> None:
    check = verdicts({subject: {fact: value}})[name]
    assert check.verdict == verdict
    assert verdict == "ok" or check.what_to_do


@pytest.mark.parametrize(
    ("thing", "name", "verdict"),
    [
        ("semaphore", "/dev/shm", "bad"),
        ("shared_memory", "/dev/shm", "warn"),
        ("binding", "cores", "warn"),
    ],
)
def test_what_fails_when_it_is_tried_is_reported_whatever_its_size(
    thing: str, name: str, verdict: str
) -> None:
    check = verdicts({}, tries={**WORKS, thing: "Permission denied"})[name]
    assert check.verdict == verdict
    assert "Permission denied" in check.what
    assert check.what_to_do


def refuse(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_things_are_tried_and_leave_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.sched_getaffinity(0)
    assert trying.tried() == WORKS
    assert os.sched_getaffinity(0) == before
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    assert "No space left" in trying.shared_memory()
    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert "No space left" in trying.binding()
    monkeypatch.setattr(
        multiprocessing.synchronize.SemLock, "_make_name", lambda *_: "no/such/name"
    )
    assert trying.semaphore()
    assert not [path for path in Path("/dev/shm").iterdir() if path.name.startswith("ipcmatrix-")]


@pytest.mark.parametrize(("foreign", "verdict"), [(0.2, "ok"), (0.3, "warn")])
def test_a_busy_machine_is_seen_by_the_cpu_of_others(foreign: float, verdict: str) -> None:
    check = verdicts({}, foreign)["load"]
    assert check.verdict == verdict
    assert f"others use {foreign:.2f} cores, load 0.10 0.20 0.30" in check.what


@pytest.mark.parametrize(("paced", "verdict"), [(0.8, "ok"), (0.53, "warn")])
def test_cores_that_are_slow_by_turns_are_seen(paced: float, verdict: str) -> None:
    check = verdicts({}, paced=paced)["core speed"]
    assert check.verdict == verdict
    assert f"slow moments {100 * paced:.0f} %" in check.what
    assert bool(check.what_to_do) is (verdict == "warn")


def test_the_pace_of_cores_is_taken_in_turns_and_unknown_where_nothing_can_be_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = os.sched_getaffinity(0)
    assert 0 < (speed.pace(0.5) or 0) <= 1
    assert os.sched_getaffinity(0) == before
    times = itertools.cycle([100] * 6 + [200] * 2)

    def fastest(_: float) -> int:
        time.sleep(0.001)
        return next(times)

    monkeypatch.setattr(speed, "_fastest", fastest)
    assert speed.pace(0.2) == 0.5
    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert speed.pace(0.1) is None


def test_the_checks_of_this_machine_come_without_being_given_facts() -> None:
    names = [check.name for check in checks([WHOLE])]
    assert names == [
        "python 3.11",
        "interpreters",
        "tool",
        "cores",
        "load",
        "core speed",
        "governor",
        "turbo",
        "virtualisation",
        "cpu quota",
        "/dev/shm",
        "pipes",
        "clock",
    ]


@pytest.mark.parametrize(
    ("lacks", "verdict", "told", "to_do"),
    [
        ((), "ok", "(PATH)", ""),
        (
            ("numpy",),
            "ok",
            "no arrays as payloads",
            "`ipcmatrix packages install` gets it for measuring",
        ),
        (("ctypes",), "warn", "no placement", "with libffi installed"),
        (("sem_open",), "bad", "no queue and no lock", "/dev/shm"),
        (
            ("_multiprocessing", "sem_open"),
            "bad",
            "no transport that moves objects",
            "pyenv install",
        ),
        (("faulthandler",), "ok", "no stacks of what hangs in C", ""),
    ],
)
def test_what_an_interpreter_lacks_is_reported_with_its_cost(
    lacks: tuple[str, ...], verdict: str, told: str, to_do: str
) -> None:
    check = interpreter_checks([WHOLE._replace(lacks=lacks)])[0]
    assert (check.name, check.verdict) == ("python 3.11", verdict)
    assert told in check.what
    assert to_do in check.what_to_do
    assert bool(to_do) == bool(check.what_to_do)


def test_missing_versions_are_reported_in_their_order() -> None:
    missing = interpreter_checks([WHOLE, WHOLE._replace(name="2.7")])[-1]
    assert missing == Check(
        "interpreters",
        "ok",
        "2; not here: 3.6, 3.7, 3.8, 3.9, 3.10, 3.12, 3.13, 3.14, 3.15",
        "`pyenv install 3.6 3.7 3.8 3.9 3.10 3.12 3.13 3.14 3.15`, or measure in containers: "
        "`--executor docker`",
    )


def test_no_interpreter_at_all_is_bad() -> None:
    broken = Interpreter("", "", "", "/opt/python3.9", "PATH", broken="it hangs")
    none, other = interpreter_checks([broken])
    assert (none.name, none.verdict) == ("interpreters", "bad")
    assert (other.verdict, other.what) == ("warn", "/opt/python3.9 (PATH): it hangs")


def test_a_duplicate_says_what_is_used_and_how_to_have_it() -> None:
    old = WHOLE._replace(version="3.11.2", path="/usr/bin/python3.11", duplicate=True)
    check = interpreter_checks([WHOLE, old])[1]
    assert check.what == "3.11.2 at /usr/bin/python3.11 (PATH) is not used: 3.11.7 is"
    assert check.what_to_do == "write 3.11.2 in matrix.yaml to have it"


def test_a_home_is_not_shown() -> None:
    inside = WHOLE._replace(path=f"{Path.home()}/.pyenv/bin/python3.11")
    assert "~/.pyenv/bin/python3.11" in interpreter_checks([inside])[0].what


@pytest.mark.parametrize(
    ("folder", "address", "what"),
    [
        ("/nowhere/docker", "unix socket", "/nowhere/docker is not visible from here"),
        ("", "unix socket", "its folder is not visible from here"),
        ("/", "ssh", "/ is not visible from here"),
        ("/", "http://10.0.0.1:2375", "/ is not visible from here"),
    ],
)
def test_a_disk_that_is_not_here_is_not_a_fault(folder: str, address: str, what: str) -> None:
    assert disk(folder, address) == Check("engine disk", "ok", what)


class Engine(http.server.BaseHTTPRequestHandler):
    """An engine at the boundary of HTTP: what a doctor asks, and nothing else."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[dict[str, tuple[int, object]]] = {}

    def do_GET(self) -> None:
        code, body = next(
            (answer for end, answer in self.answers.items() if self.path.endswith(end)),
            (404, {"message": f"no such thing: {self.path}"}),
        )
        data = b"OK" if body == "OK" else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: object) -> None:
        return


INFO = {
    "OSType": "linux",
    "CgroupVersion": "1",
    "CgroupDriver": "cgroupfs",
    "Driver": "overlay2",
    "MemoryLimit": True,
    "SwapLimit": True,
    "CPUSet": True,
    "PidsLimit": True,
    "DockerRootDir": "/nowhere/docker",
}
REGISTRY_DEAD = (500, {"message": "dial tcp: lookup: no such host"})
REGISTRY_ALIVE = (404, {"message": "manifest unknown"})


@contextmanager
def answering(
    folder: Path,
    info: Mapping[str, object],
    registry: tuple[int, object],
    version: Mapping[str, object],
    more: Mapping[str, tuple[int, object]],
) -> Iterator[str]:
    class Answers(Engine):
        answers: ClassVar[dict[str, tuple[int, object]]] = {
            "/_ping": (200, "OK"),
            "/version": (200, {"Version": "20.10.24", "ApiVersion": "1.44", **version}),
            "/info": (200, dict(info)),
            "/distribution/python:slim/json": registry,
            **more,
        }

    address = folder / "engine.sock"
    with socketserver.ThreadingUnixStreamServer(str(address), Answers) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"unix://{address}"
        finally:
            server.shutdown()
            thread.join()


def engine_verdicts(
    folder: Path,
    patch: pytest.MonkeyPatch,
    info: Mapping[str, object] = INFO,
    registry: tuple[int, object] = REGISTRY_ALIVE,
    version: Mapping[str, object] = MappingProxyType({}),
    more: Mapping[str, tuple[int, object]] = MappingProxyType({}),
) -> dict[str, Check]:
    with answering(folder, info, registry, version, more) as address:
        patch.setenv("DOCKER_HOST", address)
        return {check.name: check for check in engine_checks(timeout=20)}


def test_a_good_engine_has_nothing_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = engine_verdicts(tmp_path, monkeypatch)
    assert {check.verdict for check in told.values()} == {"ok"}
    assert told["engine"].what.startswith(
        "Docker 20.10.24, API 1.44 of 1.44, control groups version 1 (cgroupfs), "
        "storage overlay2, at unix:///"
    )
    assert told["engine limits"].what == "take hold: memory, swap, cpuset, pids"


def test_limits_that_do_not_take_hold_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = engine_verdicts(tmp_path, monkeypatch, {**INFO, "CPUSet": False, "SwapLimit": False})
    assert told["engine limits"].verdict == "warn"
    assert told["engine limits"].what == "take hold: memory, pids; do not: swap, cpuset"


def test_an_engine_of_another_system_is_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = engine_verdicts(tmp_path, monkeypatch, {**INFO, "OSType": "windows"})
    assert told["engine"].verdict == "bad"


def test_a_silent_registry_is_reported_with_the_way_round_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = engine_verdicts(tmp_path, monkeypatch, registry=REGISTRY_DEAD)
    assert told["engine registry"].verdict == "warn"
    assert "no such host" in told["engine registry"].what
    assert "images.source: host" in told["engine registry"].what_to_do


PODMAN = {"Version": "4.3.1", "Components": [{"Name": "Podman Engine"}, {"Name": "Conmon"}]}
PODMANS_REGISTRY = "/libpod/manifests/docker.io/library/python:slim/json"
NO_SUCH_PATH = (404, {"message": "Path /v1.40/distribution/python:slim/json is not supported"})
NO_SUCH_PAGE = (404, {"message": "page not found"})
UNREACHED = "reading image: pinging container registry registry-1.docker.io: no such host"


@pytest.mark.parametrize("silent", [NO_SUCH_PATH, NO_SUCH_PAGE])
@pytest.mark.parametrize(
    ("own", "verdict", "told"),
    [
        ((200, {"schemaVersion": 2}), "ok", "answers"),
        ((404, {"message": "reading image: manifest unknown"}), "ok", "answers"),
        ((404, {"message": UNREACHED}), "warn", UNREACHED),
        (NO_SUCH_PAGE, "warn", "cannot be asked"),
    ],
)
def test_podman_is_reported_apart_and_asked_for_the_registry_in_its_own_way(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    silent: tuple[int, object],
    own: tuple[int, object],
    verdict: str,
    told: str,
) -> None:
    more = {PODMANS_REGISTRY: own}
    rows = engine_verdicts(tmp_path, monkeypatch, INFO, silent, PODMAN, more)
    assert rows["engine"].what.startswith("Podman 4.3.1, API 1.44")
    assert (rows["engine"].verdict, rows["engine registry"].verdict) == ("ok", verdict)
    assert told in rows["engine registry"].what


@pytest.mark.parametrize(
    ("version", "sign", "name"),
    [
        ({}, {"SecurityOptions": ["name=seccomp", "name=rootless"]}, "Docker 20.10.24, rootless, "),
        (PODMAN, {"Rootless": True, "SecurityOptions": None}, "Podman 4.3.1, rootless, "),
    ],
)
def test_a_rootless_engine_is_reported_with_what_its_limits_need(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: Mapping[str, object],
    sign: Mapping[str, object],
    name: str,
) -> None:
    row = engine_verdicts(tmp_path, monkeypatch, {**INFO, **sign}, version=version)["engine"]
    assert (row.verdict, row.what.startswith(name)) == ("warn", True)
    assert "delegated" in row.what_to_do


# The SDK does not close the socket with which it could not connect.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_no_engine_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    (check,) = engine_checks()
    gc.collect()
    assert (check.name, check.verdict) == ("engine", "warn")
    assert "no container engine answers at unix://" in check.what


@pytest.mark.slow
def test_facts_do_not_load_the_sdk() -> None:
    code = "import runner.machine.checks, sys; sys.exit('docker' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
