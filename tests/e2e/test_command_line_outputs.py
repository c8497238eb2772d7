"""Where the command line writes: gone readers, full disks, plain encodings, targets of reports."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.forked import forked

ROOT = Path(__file__).parent.parent.parent
MEASURED = ROOT / "tests" / "data" / "aa" / "first"
IPCMATRIX = [sys.executable, "-m", "runner"]
FULL = Path("/dev/full")
FEW = f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin"
"""With few interpreters: a plan starts every one that it finds."""
COMPARE = f"ipcmatrix compare --axis transport queue pipe {MEASURED}"


def ipcmatrix(
    *arguments: str | Path, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **variables}
    if "PYTHONIOENCODING" not in variables:  # which Python reads at its start
        return forked(*arguments, cwd=cwd, env=environment)
    return subprocess.run(
        [*IPCMATRIX, *map(str, arguments)],
        capture_output=True,
        check=False,
        env=environment,
        cwd=cwd,
        encoding="utf-8",
        errors="replace",
    )


def shell(line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `ipcmatrix` is the program; a pipe's code is its first's."""
    program = " ".join(IPCMATRIX)
    script = f'ipcmatrix() {{ {program} "$@"; }}\n{line}; exit "${{PIPESTATUS[0]}}"'
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PATH": FEW, "HOME": "/nonexistent", **variables},
    )


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a copy of a small recorded run."""
    folder = tmp_path / "run"
    shutil.copytree(MEASURED, folder)
    return folder


def assert_says(finished: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert finished.returncode == code, finished.stderr
    assert "Traceback" not in finished.stderr
    for word in words:
        assert word in finished.stderr, finished.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ipcmatrix schema | true", 0),
        ("ipcmatrix plan | head -n 1", 0),
        ("ipcmatrix --help | true", 0),
        (f"{COMPARE} --fail-on slower:0.5% | true", 4),
        (f"{COMPARE} | true", 0),
    ],
)
def test_a_reader_that_has_gone_changes_no_exit_code(line: str, code: int) -> None:
    assert_says(shell(line), code)


@pytest.mark.skipif(not FULL.is_char_device(), reason="there is no /dev/full")
@pytest.mark.parametrize("verb", ["schema", "plan", "--help"])
def test_a_full_disk_under_stdout_is_reported(verb: str) -> None:
    finished = shell(f"ipcmatrix {verb} > /dev/full")
    assert_says(finished, 3, "ipcmatrix: stdout: No space left on device")
    assert len(finished.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_plain_encoding_of_stdout_shows_what_it_can(run: Path, encoding: str) -> None:
    finished = ipcmatrix("report", run, "--no-pictures", PYTHONIOENCODING=encoding)
    assert_says(finished, 0)
    assert "report: " in finished.stdout
    assert_says(
        ipcmatrix(
            "compare", "--axis", "transport", "pipe", "queue", run, PYTHONIOENCODING=encoding
        ),
        0,
    )


def test_measurements_are_never_written_over_by_a_bundle(run: Path) -> None:
    for target in (run / "run.json", next(run.glob("trials/*.csv")), run / "cells.csv"):
        before = target.read_bytes()
        finished = ipcmatrix("report", run, "--no-pictures", "--bundle", target)
        assert_says(finished, 2, "--bundle", "is not a zip")
        assert target.read_bytes() == before


def test_a_bundle_is_a_regular_file(run: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in (pipe, tmp_path):
        assert_says(ipcmatrix("report", run, "--no-pictures", "--bundle", target), 2, "--bundle")
    assert pipe.is_fifo()


def test_a_bundle_takes_the_place_of_an_older_one(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "run.zip"
    for _ in range(2):
        assert_says(ipcmatrix("report", run, "--no-pictures", "--bundle", target), 0)
        assert zipfile.is_zipfile(target)
    assert [one.name for one in target.parent.iterdir()] == ["run.zip"]


def test_a_report_that_cannot_be_placed_is_reported(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    blocked = tmp_path / "blocked"
    (blocked / "report.md").mkdir(parents=True)
    tables = tmp_path / "tables-file"
    tables.mkdir()
    (tables / "tables").touch()
    for out in (file, file / "below", loop, blocked, tables, Path("/proc/ipcmatrix")):
        finished = ipcmatrix("report", run, "--no-pictures", "--out", out)
        assert_says(finished, 3, "the report cannot be written", "--out")


def test_a_report_that_does_not_fit_the_disk_names_the_file_and_leaves_the_earlier_one(
    run: Path,
) -> None:
    assert_says(ipcmatrix("report", run, "--no-pictures"), 0)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    small = shell(f"ulimit -f 64; ipcmatrix report '{run}' --no-pictures")
    assert_says(small, 3, "/report.", "the report cannot be written: File too large", "--out")
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_links_and_pipes_by_the_old_names_of_drafts_are_not_touched(
    run: Path, tmp_path: Path
) -> None:
    (tmp_path / "victim").write_text("precious")
    (run / ".report.md.draft").symlink_to(tmp_path / "victim")
    os.mkfifo(run / ".report.html.draft")
    assert_says(ipcmatrix("report", run, "--no-pictures"), 0)
    assert (tmp_path / "victim").read_text() == "precious"


def test_files_of_a_run_that_lead_out_of_it_are_not_read(run: Path, tmp_path: Path) -> None:
    for name in ("run.json", "cells.csv", str(next(run.glob("trials/*")).relative_to(run))):
        (run / name).rename(tmp_path / "outside")
        (run / name).symlink_to(tmp_path / "outside")
        told = f"{run / name}: is a link, not a file"
        assert_says(ipcmatrix("report", run, "--no-pictures"), 2, told)
        (run / name).unlink()
        (tmp_path / "outside").rename(run / name)


def test_a_summary_that_cannot_be_written_is_reported(run: Path, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "no" / "summary"):
        finished = ipcmatrix(
            "report", run, "--no-pictures", "--github", GITHUB_STEP_SUMMARY=str(place)
        )
        assert_says(finished, 3, "GITHUB_STEP_SUMMARY")


def test_a_failed_gate_ends_as_such_even_where_its_summary_cannot_be_written(
    tmp_path: Path,
) -> None:
    values: list[str | Path] = ["--axis", "transport", "queue", "pipe", MEASURED]
    gate = [*values, "--fail-on", "slower:0.5%"]
    place = str(tmp_path)
    finished = ipcmatrix("compare", *gate, "--format", "github", GITHUB_STEP_SUMMARY=place)
    assert_says(finished, 4, "GITHUB_STEP_SUMMARY")
    assert finished.stdout
    assert_says(ipcmatrix("compare", *gate, "--format", "github"), 4, "GITHUB_STEP_SUMMARY")


def test_a_run_is_not_compared_with_itself(run: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(run)
    for other in (run, tmp_path / "link"):
        assert_says(ipcmatrix("compare", run, other), 2, "the same run")


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--profile", ""],
        ["plan", "--matrix", ""],
        ["run", "--out", "", "--dry-run"],
        ["selftest", "--python", ""],
        ["report", str(MEASURED), "--out", ""],
        ["report", ""],
        ["compare", "", "x"],
    ],
)
def test_an_empty_name_is_not_a_name(arguments: list[str], tmp_path: Path) -> None:
    assert_says(ipcmatrix(*arguments, cwd=tmp_path), 2, "empty")


def test_a_dry_run_resumes_nothing(run: Path) -> None:
    assert_says(ipcmatrix("run", "--dry-run", "--resume", run), 2, "--dry-run", "--resume")


def test_what_is_to_be_resumed_is_looked_at_before_the_machine_is_asked_for(tmp_path: Path) -> None:
    assert_says(ipcmatrix("run", "--resume", tmp_path / "nope"), 2, "nope")


def test_without_an_engine_clean_says_so_and_ends_well(tmp_path: Path) -> None:
    finished = ipcmatrix("clean", DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert_says(finished, 0, "containers were not looked for", "none.sock", "DOCKER_HOST")


def test_clean_names_an_address_that_is_not_an_engines(tmp_path: Path) -> None:
    finished = ipcmatrix("clean", DOCKER_CONFIG=str(tmp_path), DOCKER_CONTEXT="nonexistent")
    assert_says(finished, 3, "'nonexistent' of DOCKER_CONTEXT")


def test_an_interrupt_at_any_moment_leaves_no_traceback(run: Path) -> None:
    for delay in ("0.03", "0.08", "0.5"):
        finished = subprocess.run(
            ["timeout", "--preserve-status", "-s", "INT", delay, *IPCMATRIX, "report", run],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        if finished.returncode == 0:
            break  # it was faster than we
        if "init_import_site" in finished.stderr:
            continue  # Python itself was still starting
        assert "runner" not in finished.stderr, finished.stderr
        assert finished.returncode in (130, -2), finished.stderr


def test_json_stays_one_object_whatever_the_encoding(run: Path) -> None:
    finished = ipcmatrix("report", run, "--no-pictures", "--json", PYTHONIOENCODING="ascii")
    assert json.loads(finished.stdout)["version"] == 1
