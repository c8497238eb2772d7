"""Nothing that we start runs code of the current folder, of PYTHONPATH or of a relative PATH.

Each place that starts a process has an exercise here; a new place without one fails.
"""

import ast
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from runner.cluster import task
from runner.executors.local import LocalExecutor
from runner.images import base, debian, host, packages
from runner.images.base import NotHadError
from runner.machine import facts, interpreters, tool
from runner.machine import packages as host_packages
from runner.machine.checks import checks
from runner.machine.reading import SYSTEM
from runner.model import Cell, Interpreter, Trial
from runner.model.parts import PartRequest
from runner.pipeline.reading import harness_names
from runner.process import which

pytestmark = pytest.mark.slow

RUNNER = Path(facts.__file__).parents[1]
STARTING_ROOMS = ("process", "harness")
"""The room through which all is started, and the harness, which starts its own kind."""
OF_PROCESS = {"run", "start", "ask", "question"}
FORBIDDEN_CALLS = {
    "subprocess": {"Popen", "run", "call", "check_call", "check_output"}
    | {"getoutput", "getstatusoutput"},
    "os": {"system", "popen", "fork", "forkpty", "startfile", "posix_spawn", "posix_spawnp"}
    | {f"exec{kind}" for kind in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")}
    | {f"spawn{kind}" for kind in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")},
    "platform": {"architecture", "processor", "uname", "platform"},  # they ask `uname` and `file`
    "shutil": {"which"},
    "ctypes.util": {"find_library"},
}
FORBIDDEN_IMPORTS = {"asyncio", "multiprocessing", "pexpect", "pip", "pty", "runpy", "sh", "venv"}
FORBIDDEN_IMPORTS |= {"ensurepip", "webbrowser", "concurrent.futures.process"}
STARTS_NOTHING = {
    "machine/trying.py: import of multiprocessing",  # a semaphore, of the kind without a tracker
    "cluster/worker.py: import of asyncio",  # the loop of Dask's own worker
    "settling.py: os.execve",  # becomes ourselves anew, with -P (tests/unit/test_settling.py)
}

OPENED = os.O_CREAT | os.O_APPEND | os.O_WRONLY
MODULES = ["json", "os", "subprocess", "platform", "sitecustomize", "usercustomize", "site"]
MODULES += ["sysconfig", "random", "tempfile", "socket", "threading", "numpy", "struct", "pickle"]
MODULES += ["pip/__init__", "pip/__main__", "encodings/__init__", "ctypes/__init__"]
MODULES += ["multiprocessing/__init__", "importlib/__init__", "collections/__init__"]
PROGRAMS = ["python3.9", "python3", "ldd", "ldconfig", "git", "ps", "uname", "apt-get", "tar"]
PROGRAMS += ["apt-config", "mmdebstrap", "systemd-detect-virt"]


@pytest.fixture
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder whose modules and programs write into a file; give the file."""
    folder, written = tmp_path / "here", tmp_path / "written"
    for name in MODULES:
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "import posix\n"  # built in, and there before anything else
            f"number = posix.open({str(written)!r}, {OPENED}, 0o600)\n"
            f"posix.write(number, b'module {name}\\n')\n"
        )
    for name in PROGRAMS:
        path = folder / name
        path.write_text(f"#!/bin/sh\necho program {name} >> {written}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    (folder / "pyvenv.cfg").write_text(f"home = {folder}\n")
    (folder / "startup.py").write_text(f"open({str(written)!r}, 'a').write('startup\\n')\n")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", f".::{os.environ['PATH']}")
    for name in ("PYTHONPATH", "PYTHONHOME", "PERL5LIB", "LD_LIBRARY_PATH", "GIT_EXEC_PATH"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("PYTHONSTARTUP", str(folder / "startup.py"))
    monkeypatch.setenv("PIP_PYTHON", str(folder / "python3"))
    monkeypatch.setenv("GIT_DIR", str(folder))
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    return written


def installed() -> dict[str, Path]:
    found = interpreters.find()
    return {one.name: Path(one.path) for one in found if not one.broken and not one.duplicate}


def measure() -> None:
    """Start every kind of process that a harness starts: forked, fresh, spawned, by a server."""
    paths = {name: path for name, path in installed().items() if name in ("2.7", "3.6")}
    paths["own"] = Path(sys.executable)
    for invocation in ("forked", "fresh"):
        with LocalExecutor(paths, invocation) as executor:
            for name, agent in executor.open(list(paths)).items():
                assert not isinstance(agent, str), agent
                methods = ("default", "spawn", "forkserver") if name == "own" else ("default",)
                cells = [Cell(name, "queue", start_method=one) for one in methods]
                trials = [
                    Trial(cell, messages=9, warmup=1, verify=1, timeout=60.0) for cell in cells
                ]
                records = agent.run(trials)
                assert {record.status.value for record in records} == {"ok"}, records


def look_at_interpreters() -> None:
    for path in installed().values():
        assert host.look_at(str(path)).library
    host.linked([Path(sys.executable).resolve()])


def ask_pip() -> None:
    kind = packages.Kind("3.11", "cp", "cp311", "2.36", "x86_64")
    with tempfile.TemporaryDirectory() as folder:
        command = packages.download_command(kind, "no-such-package-anywhere==0", folder)
        assert packages.pip([*command, "--no-index"])
        assert packages.pip(packages.install_command(kind, folder, Path(folder)))


def install_packages() -> None:
    path = Path(sys.executable)
    one = Interpreter("3.11", "3.11.0", "cpython", str(path), "PATH")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", folder)
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setattr("runner.machine.packages.which", lambda _: None)
        assert host_packages.install(one, {"no-such-package-anywhere": "0"}).lacking


def pack() -> None:
    def imported(chunks: Iterator[bytes], changes: list[str]) -> str:
        assert changes
        assert b"".join(chunks)
        return f"sha256:{64 * '0'}"

    engine: Any = SimpleNamespace(
        api=SimpleNamespace(import_image_from_stream=imported, tag=lambda *_: True)
    )
    command = [which("tar") or "", "-C", "/usr/lib", "-c", "os-release"]
    base.take_in_output(command, "made:here", base.Workshop(engine, lambda _: None))


def ask_apt() -> None:
    debian.mirror()
    debian.apt_settings()
    with pytest.raises(NotHadError):
        debian.fill(["/nowhere/debootstrap"])


def doctor() -> None:
    assert checks([], foreign=0.0)
    facts.virtualisation(SYSTEM)


def describe() -> None:
    harness_names.__wrapped__(())


def forward() -> None:
    asked = PartRequest(
        ask="plan", run="r", machine="m", source="m", text="axes: 3\n", profile="", flags={}
    )
    assert "error" in task.forward(asked.encoded(), lambda: True, lambda _: None)


EXERCISES: Mapping[str, Callable[[], object]] = {
    "cluster/task.py": forward,
    "executors/local.py": measure,
    "machine/facts.py": doctor,
    "machine/tool.py": lambda: tool.commit(RUNNER.parent),
    "images/base.py": pack,
    "images/debian.py": ask_apt,
    "images/host.py": look_at_interpreters,
    "images/packages.py": ask_pip,
    "machine/packages.py": install_packages,
    "machine/question.py": installed,
    "pipeline/reading.py": describe,
}


@pytest.mark.parametrize("place", EXERCISES)
def test_no_code_of_the_current_folder_is_run(place: str, marks: Path) -> None:
    EXERCISES[place]()
    assert not marks.exists(), marks.read_text()


def test_the_marks_are_written_where_code_of_the_folder_is_run(marks: Path) -> None:
    """Else the tests above would show nothing."""
    own = f"PYTHONHOME= {sys.executable} -c"
    os.system(f"{own} pass 2>/dev/null; PYTHONPATH= {own} 'import json'; ldd")
    written = set(marks.read_text().splitlines())
    assert {"module encodings/__init__", "module json", "program ldd"} <= written


class Source(NamedTuple):
    """A file of ours: what it imports, as (module, name or ""), and what it calls, as text."""

    name: str
    imports: set[tuple[str, str]]
    calls: set[str]


@cache
def sources() -> tuple[Source, ...]:
    found = []
    for path in sorted(RUNNER.rglob("*.py")):
        name = path.relative_to(RUNNER)
        if name.parts[0] not in STARTING_ROOMS:
            source = Source(str(name), set(), set())
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    source.imports.update((alias.name, "") for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    source.imports.update((node.module, alias.name) for alias in node.names)
                elif isinstance(node, ast.Call):
                    source.calls.add(dotted(node.func))
            found.append(source)
    return tuple(found)


def dotted(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def test_every_place_that_starts_a_process_has_its_exercise() -> None:
    callers = set()
    for source in sources():
        names = {name for module, name in source.imports if module.startswith("runner.process")}
        if source.calls & ({f"process.{one}" for one in OF_PROCESS} | (names & OF_PROCESS)):
            callers.add(source.name)
    assert callers == set(EXERCISES)


def test_no_other_package_starts_a_process_by_itself() -> None:
    wrong = []
    for source in sources():
        wrong += [
            f"{source.name}: import of {module}"
            for module, name in source.imports
            if module in FORBIDDEN_IMPORTS or name == "ProcessPoolExecutor"
        ]
        wrong += [
            f"{source.name}: {module}.{one}"
            for module, functions in FORBIDDEN_CALLS.items()
            for one in functions
            if (module, one) in source.imports or f"{module}.{one}" in source.calls
        ]
    assert set(wrong) == STARTS_NOTHING


def test_findpython_is_asked_for_places_only() -> None:
    """It has ways of its own to start what it finds."""
    users = {
        (source.name, module, name)
        for source in sources()
        for module, name in source.imports
        if module.startswith("findpython")
    }
    assert users == {("machine/candidates.py", "findpython.providers", "ALL_PROVIDERS")}
