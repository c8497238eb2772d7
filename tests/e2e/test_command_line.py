"""The command line as a user meets it: exit codes, streams, and the whole way to a report."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked import forked

pytestmark = pytest.mark.machine

ROOT = Path(__file__).parents[2]
NEWEST = f"{sys.version_info[0]}.{sys.version_info[1]}"
SMALL = """\
axes:
  python: [found]
  transport: [pipe, queue]
compare:
  axes: {transport: {}}
  baseline: {transport: pipe}
measure: {target: 10ms, rounds: 8, min_rounds: 8, warmup_rounds: 1, gate_wait: 0s, seed: 3}
"""
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}


def ipcmatrix(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return forked(*arguments, cwd=cwd, env=ENVIRONMENT)


def started(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runner", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env=ENVIRONMENT
    )


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    path = tmp_path / "matrix.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    (folder / "matrix.yaml").write_text(SMALL)
    only = ("--only", f"python={NEWEST}")
    finished = started("run", "--matrix", folder / "matrix.yaml", *only, "--out", folder / "out")
    assert finished.returncode == 0, finished.stderr
    assert "report.md" in finished.stdout
    (found,) = (folder / "out").iterdir()
    return found


def assert_says(finished: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert finished.returncode == code, finished.stderr
    assert "Traceback" not in finished.stderr
    for word in words:
        assert word in finished.stderr, finished.stderr


def test_a_run_leaves_its_matrix_facts_trials_and_report(run: Path) -> None:
    names = {path.name for path in run.iterdir()}
    wanted = {"run.json", "cells.csv", "trials", "report.md", "report.html", "tables"}
    assert names >= wanted
    head = json.loads((run / "run.json").read_text())
    assert head["starts"][0]["ending"] == "done"
    assert head["interpreters"][NEWEST]["version"].startswith(NEWEST)
    assert head["cell_facts"]
    text = (run / "report.md").read_text()
    assert "all 2 combinations measured" in text
    assert "Pipe" in text
    assert "Queue" in text


def test_the_same_run_is_reported_in_the_same_bytes(run: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):  # each with its own seed of hashes
        assert started("report", run, "--out", tmp_path / name).returncode == 0
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*")]
    assert files
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()


def test_a_finished_run_is_not_measured_again_by_resume(run: Path) -> None:
    before = next((run / "trials").iterdir()).read_bytes()
    matrix = run.parent.parent / "matrix.yaml"
    only = ("--only", f"python={NEWEST}")
    finished = ipcmatrix("run", "--matrix", matrix, *only, "--resume", run, "--quiet")
    assert finished.returncode == 0, finished.stderr
    assert next((run / "trials").iterdir()).read_bytes() == before


def test_a_run_of_another_harness_is_not_gone_on_with(run: Path, tmp_path: Path) -> None:
    other = tmp_path / run.name
    shutil.copytree(run, other)
    head = json.loads((other / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**head, "harness": "0" * 64}))
    only = ("--only", f"python={NEWEST}")
    matrix = run.parent.parent / "matrix.yaml"
    finished = ipcmatrix("run", "--matrix", matrix, *only, "--resume", other, "--quiet")
    assert_says(finished, 2, "the harness is not the one that the run began with")


def test_a_bundle_of_two_runs_is_refused(run: Path, tmp_path: Path) -> None:
    more = ("--out", tmp_path / "both", "--bundle", tmp_path / "bundle.zip")
    assert_says(ipcmatrix("report", run, run, *more), 2, "a bundle holds one run")


def test_a_bundle_holds_what_reproduces_the_run(run: Path, tmp_path: Path) -> None:
    import zipfile

    target = tmp_path / "bundle.zip"
    again = ("--out", tmp_path / "again", "--no-pictures")
    finished = ipcmatrix("report", run, *again, "--bundle", target)
    assert finished.returncode == 0, finished.stderr
    names = zipfile.ZipFile(target).namelist()
    assert any(name.endswith("run.json") for name in names)
    assert any("trials/" in name for name in names)
    assert any(name.endswith("matrix.yaml") for name in names)


def test_a_run_against_its_copy_claims_no_change(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "copy")
    sides = (run, tmp_path / "copy")
    finished = ipcmatrix("compare", *sides, "--fail-on", "slower:5%", "--format", "json")
    assert finished.returncode == 0, finished.stderr
    result = json.loads(finished.stdout)
    assert "slower" not in {row["verdict"] for row in result["cells"]}


def test_json_is_one_object_on_stdout_and_all_else_goes_to_stderr(matrix: Path) -> None:
    plan = ipcmatrix("plan", "--matrix", matrix, "--only", f"python={NEWEST}", "--json")
    assert plan.returncode == 0, plan.stderr
    assert json.loads(plan.stdout)["statuses"] == {"planned": 2}
    dry = ipcmatrix("run", "--matrix", matrix, "--only", f"python={NEWEST}", "--dry-run", "--json")
    assert json.loads(dry.stdout)["blocks"]


def test_a_mistake_in_the_matrix_has_its_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "matrix.yaml"
    path.write_text("axes:\n  python: [3.10]\n  transport: [pip]\ntrails: 3\n")
    finished = ipcmatrix("check", "--matrix", path)
    assert_says(finished, 2, "matrix.yaml:3:", "pipe", "matrix.yaml:4:1:")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "pyton=3.9"], ("pyton", "python")),
        (["--only", "python"], ("axis=value",)),
        (["--precision", "many"], ("--precision",)),
        (["--budget", "-3m"], ("--budget",)),
        (["--profile", "slow"], ("slow",)),
        (["--executor", "swarm"], ("--executor", "docker")),
        (["--matrix", "nowhere.yaml"], ("nowhere.yaml",)),
        (["--matrix", "."], ("director",)),
    ],
)
def test_a_wrong_flag_is_named_with_what_is_allowed(
    matrix: Path, arguments: list[str], words: tuple[str, ...]
) -> None:
    given = arguments if "--matrix" in arguments else ["--matrix", str(matrix), *arguments]
    assert_says(ipcmatrix("plan", *given, cwd=matrix.parent), 2, *words)


def test_an_interpreter_that_nobody_has_lacks_in_the_environment(matrix: Path) -> None:
    finished = ipcmatrix("run", "--matrix", matrix, "--only", "python=3.99")
    assert_says(finished, 3, "3.99", "pyenv")


def test_a_missing_interpreter_beside_others_is_unavailable(matrix: Path) -> None:
    only = f"python={NEWEST},3.99"
    plan = ipcmatrix("plan", "--matrix", matrix, "--only", only, "--json")
    assert json.loads(plan.stdout)["statuses"] == {"planned": 2, "unavailable": 2}


def test_two_measuring_runs_at_once_are_refused(matrix: Path, tmp_path: Path) -> None:
    first = subprocess.Popen(
        [
            *(sys.executable, "-m", "runner", "run", "--matrix", str(matrix), "--no-report"),
            *("--rounds", "200", "--out", str(tmp_path / "first"), "--quiet"),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not list((tmp_path / "first").glob("*/run.json")):
            assert first.poll() is None, first.communicate()[1]
        second = ipcmatrix("run", "--matrix", matrix, "--out", tmp_path / "second")
        assert_says(second, 3, str(first.pid))
    finally:
        first.terminate()
        first.communicate()


def test_an_unknown_verb_and_a_missing_argument_exit_with_2() -> None:
    assert_says(ipcmatrix("meassure"), 2, "meassure")
    assert_says(ipcmatrix("report"), 2, "RUNS")
    assert_says(ipcmatrix("compare", "one"), 2, "OLD NEW")
    assert_says(ipcmatrix("report", "nowhere"), 2, "nowhere")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from runner.cli import commands; "
        "heavy = {'pandas', 'pydantic', 'docker', 'altair', 'rich', 'yaml', 'numpy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == "[]"
