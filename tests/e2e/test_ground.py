"""The ground of a run goes away while it measures: its folder, its disk, its time."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.forked import forked
from tests.small_runs import few_interpreters

pytestmark = pytest.mark.machine


ROOT = Path(__file__).parents[2]
MATRIX = """\
axes:
  python: [found]
  transport: [pipe, queue]
compare:
  axes: {transport: {}}
measure: {target: 10ms, rounds: %d, min_rounds: %d, warmup_rounds: 1, gate_wait: 0s, seed: 3}
"""
ENDLESS = 5000
ROUNDS = 40
"""Far more than those after which the disk is full."""


def words_of(folder: Path, rounds: int, *more: str) -> list[str]:
    matrix = folder / "matrix.yaml"
    matrix.write_text(MATRIX % (rounds, rounds))
    only = f"python={sys.version_info[0]}.{sys.version_info[1]}"
    run = ["run", "--matrix", str(matrix), "--only", only, "--out", str(folder / "out"), "-q"]
    return [*run, "--no-report", *more]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return forked(*words, cwd=ROOT, env=environment(folder))


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, **few_interpreters(folder / "home")}


def begun(folder: Path, *more: str, rounds: int = ENDLESS) -> "tuple[subprocess.Popen[str], Path]":
    """Start a run, and return it with its trials file once that holds a few rounds."""
    command = [sys.executable, "-m", "runner", *words_of(folder, rounds, *more)]
    child = subprocess.Popen(
        command, cwd=ROOT, env=environment(folder), text=True, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for trials in (folder / "out").glob("*/trials/*.csv"):
            if trials.read_text().count(",measure,") > 10:
                return child, trials
        time.sleep(0.05)
    child.kill()
    raise AssertionError(child.communicate())


def ends(child: "subprocess.Popen[str]") -> tuple[int, str]:
    error = child.communicate(timeout=120)[1]
    assert "Traceback" not in error
    return child.returncode, error


def test_a_run_whose_folder_is_moved_ends_and_continues_where_it_is_now(tmp_path: Path) -> None:
    child, trials = begun(tmp_path)
    moved = tmp_path / "moved"
    trials.parents[1].rename(moved)
    code, error = ends(child)
    assert code == 3
    assert f"--resume {moved}" in error
    rows = (moved / "trials" / trials.name).read_text()
    again = run(tmp_path, *words_of(tmp_path, ENDLESS, "--budget", "4s", "--resume", str(moved)))
    assert (again.returncode, again.stderr) == (0, "")
    assert (moved / "trials" / trials.name).read_text().startswith(rows)


def test_a_full_disk_keeps_what_was_measured_and_the_run_continues(tmp_path: Path) -> None:
    child, trials = begun(tmp_path, rounds=ROUNDS)
    # A file that may not grow is what a full disk is to a write: part of it fits.
    full = trials.stat().st_size + 5000
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
    code, error = ends(child)
    assert (code, ".csv: File too large: make room" in error) == (3, True), error
    kept = trials.read_text()
    assert kept.endswith("\n")
    assert len(kept) <= full
    again = run(tmp_path, *words_of(tmp_path, ROUNDS, "--resume", str(trials.parents[1])))
    assert (again.returncode, again.stderr) == (0, "")
    rows = trials.read_text()
    assert rows.startswith(kept)
    measured = [line for line in rows.splitlines() if ",measure," in line]
    assert len(measured) == ROUNDS * 3


def test_a_budget_that_allows_nothing_is_not_success_and_the_one_that_is_named_suffices(
    tmp_path: Path,
) -> None:
    first = run(tmp_path, *words_of(tmp_path, 6, "--budget", "5ms", "--json"))
    assert (first.returncode, json.loads(first.stdout)["measured"]) == (1, False)
    named = re.search(r"was measured within the budget of 5 ms: --budget (\d+s)", first.stderr)
    assert named, first.stderr
    words = words_of(tmp_path, 6, "--budget", named[1], "--json")
    second = run(tmp_path, *(word for word in words if word != "--no-report"))
    answer = json.loads(second.stdout)
    assert (second.returncode, answer["measured"]) == (0, True)
    found = answer["comparisons"]
    assert [(one["option"], one["baseline"]) for one in found["each"]] == [("queue", "pipe")]
    assert found["total"] == found["decided"] + found["equal"] + found["open"] == 1


def test_a_run_of_which_no_cell_can_be_measured_is_not_success(tmp_path: Path) -> None:
    words = words_of(tmp_path, 6)
    matrix = tmp_path / "matrix.yaml"
    text = matrix.read_text().replace("[pipe, queue]", "[os_pipe]\n  payload: [dict]")
    matrix.write_text(text)
    done = run(tmp_path, *words)
    assert done.returncode == 1, done
    assert "nothing was measured: no cell can be measured here (1 unsupported)" in done.stderr


def test_the_time_of_a_stopped_run_is_not_part_of_its_budget(tmp_path: Path) -> None:
    child, trials = begun(tmp_path, "--budget", "8s")
    child.send_signal(signal.SIGSTOP)
    time.sleep(11)  # longer than the budget
    before = trials.read_text().count(",ok,")
    child.send_signal(signal.SIGCONT)
    code, error = ends(child)
    assert code == 0
    assert "was suspended for 1" in error
    assert trials.read_text().count(",ok,") > before + 6
    told = json.loads((trials.parents[1] / "run.json").read_text())["starts"][-1]
    assert 9 < told["stopped_seconds"] < told["seconds"] + 11
