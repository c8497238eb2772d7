"""Interpreters that do not work, in a folder of shadowing modules: each is named, none is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.machine

ROOT = Path(__file__).parents[2]
NAME = f"{sys.version_info[0]}.{sys.version_info[1]}"
MATRIX = """\
axes:
  python: [found]
  transport: [pipe, queue]
measure: {target: 10ms, rounds: 3, warmup_rounds: 0, gate_wait: 0s}
"""
REASONS = {
    "python3.6": "it ended with code 3: cannot open libpython3.6.so",
    "python3.7": "it is not executable",
    "python3.8": "it is a broken link",
    "python3.9": "cannot be started: Exec format error (made for another machine, or a script",
    "python3.10": "it answered what no Python answers: 'no Python'",
    "python3.12": "it does not stop printing",
    "pypy3.10": "cannot be started: Exec format error (made for another machine, or a script",
}


class Machine:
    """A home without interpreters but those of one folder in PATH, and a current folder."""

    def __init__(self, folder: Path) -> None:
        self.here = folder / "here"
        self.marks = folder / "marks"
        self.bin = folder / "bin"
        self.here.mkdir()
        self.bin.mkdir()
        for name in ("json", "os", "platform", "sitecustomize", "subprocess", "multiprocessing"):
            text = f"open({str(self.marks)!r}, 'a').write({name!r})\n"
            (self.here / f"{name}.py").write_text(text)
        (self.here / "matrix.yaml").write_text(MATRIX)
        self.program("python3.6", "#!/bin/sh\necho cannot open libpython3.6.so >&2\nexit 3\n")
        self.program("python3.7", "#!/bin/sh\n", 0o644)
        (self.bin / "python3.8").symlink_to("/nowhere/python3.8")
        self.program("python3.9", f'exec {sys.executable} "$@"\n')
        self.program("python3.10", "#!/bin/sh\necho no Python\n")
        self.program("python3.12", "#!/bin/sh\nexec yes\n")
        self.program("pypy3.10", "\x7fELF of another machine")
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text("print('a banner')\n")
        works = f'#!/bin/sh\necho "$0 $@"\nPYTHONPATH={site} exec {sys.executable} "$@"\n'
        self.program(f"python{NAME}", works)

    def program(self, name: str, text: str, mode: int = 0o755) -> None:
        path = self.bin / name
        path.write_text(text)
        path.chmod(mode)

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.bin}:.:/usr/bin:/bin"
        environment = {"HOME": str(self.here), "PATH": path, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-P", "-m", "runner", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.here,
            env=environment,
        )


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("machine"))


def unnamed(text: str) -> set[str]:
    """Return the interpreters of which no line of the text tells the name with the reason."""
    lines = text.splitlines()
    return {
        name
        for name, reason in REASONS.items()
        if not any(f"/{name} (PATH)" in line and reason in line for line in lines)
    }


def test_doctor_and_plan_name_each_with_its_reason(machine: Machine) -> None:
    assert unnamed(machine.call("doctor").stdout) == set()
    planned = machine.call("run", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert unnamed(planned.stdout) == set()
    planned = machine.call("plan", "--json")
    assert unnamed("\n".join(json.loads(planned.stdout)["left_out"])) == set()
    assert not machine.marks.exists(), machine.marks.read_text()


def test_a_run_keeps_them_and_its_report_says_them(machine: Machine) -> None:
    only = ("--only", f"python=python{NAME}")
    finished = machine.call("run", "--no-report", "--json", *only)
    assert finished.returncode == 0, finished.stderr
    assert unnamed(finished.stderr) == set()
    said = json.loads(finished.stdout)
    reported = machine.call("report", said["run"], "--no-pictures", "--json")
    assert reported.returncode == 0, reported.stderr
    assert json.loads(reported.stdout)["statuses"] == {"ok": 2}
    assert unnamed("\n".join(said["left_out"])) == set()
    head = json.loads((machine.here / said["run"] / "run.json").read_text())
    assert head["left_out"] == said["left_out"]
    report = Path(machine.here, said["run"], "report.md").read_text().replace("\\", "")
    assert report.count("Interpreter left out: ") == len(said["left_out"])
    assert not machine.marks.exists(), machine.marks.read_text()


def test_what_is_asked_for_and_does_not_work_says_why(machine: Machine) -> None:
    asked = machine.call("run", "--dry-run", "--only", "python=python3.10,3.6,3.11d,3.13td")
    assert asked.returncode == 3
    assert f"{os.sep}python3.10 (PATH): {REASONS['python3.10']}" in asked.stderr
    assert f"{os.sep}python3.6 (PATH): {REASONS['python3.6']}" in asked.stderr
    assert "no interpreter 3.11d on this machine" in asked.stderr
    assert "no interpreter 3.13td on this machine" in asked.stderr
