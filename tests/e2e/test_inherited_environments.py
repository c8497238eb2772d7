"""The verbs in the environments that hooks, containers, services and logs hand down.

Each works, or ends with code 3 and one sentence; what `settle` does by itself is tested in
tests/unit/test_settling.py, and closed streams, PYTHONOPTIMIZE and a log in tests/cases.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from run_folders import a_run, row
from tests.small_runs import few_interpreters

pytestmark = pytest.mark.machine

ROOT = Path(__file__).parent.parent.parent
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
MATRIX = f"""\
axes: {{python: ["{PYTHON}"], transport: [pipe, queue]}}
measure: {{target: 5ms, rounds: 2, min_rounds: 2, warmup_rounds: 0, gate_wait: 0s, budget: 2m}}
"""
RUN = "run --matrix matrix.yaml --no-report --out out"
REPORT = "report run --no-pictures"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a matrix, two run folders, and modules that nobody wants."""
    folder = tmp_path_factory.mktemp("ground")
    (folder / "matrix.yaml").write_text(MATRIX)
    times = (("pipe", 0.08), ("queue", 0.1))
    rows = [
        row(round=number, trial=place + 1, transport=name, seconds=seconds + number / 1000)
        for number in range(1, 9)
        for place, (name, seconds) in enumerate(times)
    ]
    a_run(folder / "run", rows)
    shutil.copytree(folder / "run", folder / "other")
    libraries = ("json", "tempfile", "click", "pandas", "logging")
    for place, names in {"libraries": libraries, "all": (*libraries, "re", "enum")}.items():
        (folder / place).mkdir()
        for name in names:
            path = folder / place / f"{name}.py"
            path.write_text("raise SystemExit('a module of another program')\n")
    return folder


def ipcmatrix(
    ground: Path, verb: str, before: str = "", after: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a verb as a shell starts it, with its `before`, redirections `after`, and variables."""
    start = (
        f"import sys; sys.path.append({str(ROOT)!r}); from runner.__main__ import start; start()"
    )
    return subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'{before} exec "$@" {after}',
            "sh",
            sys.executable,
            "-c",
            start,
            *verb.split(),
        ],
        cwd=ground,
        env={**few_interpreters(ground / "home"), **environment},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def assert_calm(finished: subprocess.CompletedProcess[str], code: int = 0) -> None:
    said = finished.stdout + finished.stderr
    assert finished.returncode == code, said
    assert "Traceback" not in said
    assert "\x1b" not in said
    if code:
        assert finished.stderr.startswith("ipcmatrix: ")
        assert len(finished.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("verb", "before", "after", "environment"),
    [
        pytest.param("check", "", "2>&-", {}, id="stderr closed"),
        pytest.param(RUN, "", "<&- >&- 2>&-", {}, id="all closed"),
        pytest.param("plan", "", "2>/dev/full", {}, id="stderr full"),
        pytest.param(RUN, "trap '' CHLD INT TERM PIPE;", "", {}, id="signals ignored"),
        pytest.param("check", "", "</dev/null", {"PYTHONINSPECT": "1"}, id="inspecting"),
        pytest.param(REPORT, "", "", {"PYTHONWARNINGS": "error"}, id="warnings are errors"),
        pytest.param("check", "", "", {"PYTHONDEVMODE": "1"}, id="developer's mode"),
        pytest.param("check", "", "", {"PYTHONIOENCODING": "ascii:strict"}, id="ASCII"),
        pytest.param(
            "compare run other",
            *("", ""),
            {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"},
            id="locale C",
        ),
        pytest.param("check", "", "", {"LC_ALL": "xx_YY", "TZ": "No/Where"}, id="locale"),
        pytest.param(REPORT, "", "", {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}, id="colours"),
        pytest.param(REPORT, "", "", {"COLUMNS": "1", "LINES": "x", "TERM": "odd"}, id="narrow"),
        pytest.param("plan", "", "", {"TMPDIR": "/nowhere", "HOME": "/nowhere"}, id="no folders"),
        pytest.param("report run --no-pictures --out masked", "umask 0777;", "", {}, id="umask"),
        pytest.param("plan", "ulimit -n 64;", "", {"OMP_NUM_THREADS": "x"}, id="few files"),
        pytest.param(REPORT, "ulimit -v 524288;", "", {}, id="little memory"),
    ],
)
def test_it_works_whatever_it_inherits(
    ground: Path, verb: str, before: str, after: str, environment: dict[str, str]
) -> None:
    assert_calm(ipcmatrix(ground, verb, before, after, **environment))


@pytest.mark.parametrize(
    ("verb", "before", "words"),
    [
        ("doctor", "ulimit -n 32;", "32 open files"),
        ("run", "ulimit -v 524288;", "the renderer of pictures reserves"),
        ("report run", "ulimit -v 524288;", "--no-pictures"),
        ("check", "mkdir gone; cd gone; rmdir ../gone;", "the current folder cannot be used"),
    ],
)
def test_what_does_not_suffice_is_one_sentence(
    ground: Path, verb: str, before: str, words: str
) -> None:
    finished = ipcmatrix(ground, verb, before)
    assert_calm(finished, 3)
    assert words in finished.stderr


def test_modules_of_another_program_are_not_ours(ground: Path) -> None:
    # of PYTHONPATH Python itself, and what installs us for development, load a few at their start
    assert_calm(ipcmatrix(ground, "check --matrix ../matrix.yaml", "cd all;"))
    assert_calm(ipcmatrix(ground, "check", PYTHONPATH=str(ground / "libraries")))


def test_the_facts_about_the_checkout_are_not_those_of_a_hook(ground: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    look = (
        "from runner.settling import settle; settle(); "
        "from runner.machine.tool import PROJECT, commit; print(commit(PROJECT))"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(Path.home())}
    seen = [
        subprocess.run(
            [sys.executable, "-c", look],
            cwd=ROOT,
            env=environment | hook,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hook in ({}, {"GIT_DIR": str(tmp_path / ".git"), "GIT_WORK_TREE": str(tmp_path)})
    ]
    assert seen[0] == seen[1]
    assert seen[0].strip()
