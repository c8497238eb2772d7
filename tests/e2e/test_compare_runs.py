"""`ipcmatrix compare` on two runs that were really measured, one after the other on one machine.

tests/data/aa holds them: Python 3.11, 60 rounds, the same matrix and build, half a minute apart.
What differs between them is noise; what else must be found is put into copies here.
"""

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forked import forked

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "tests" / "data" / "aa"
FIRST, SECOND = RUNS / "first", RUNS / "second"
CLOCKS = ("seconds", "send_seconds", "join_seconds")
GATE = ("--fail-on", "slower:5%")
Row = dict[str, str]


def compare(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return forked("compare", *arguments, cwd=ROOT)


def changed(run: Path, folder: Path, change: Callable[[Row], Row]) -> Path:
    """Copy a run into the folder with every trial changed."""
    shutil.copytree(run, folder)
    for path in (folder / "trials").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [change(row) for row in csv.DictReader(file)]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def stretched(transport: str, factor: float) -> Callable[[Row], Row]:
    """Return a change that makes every trial of a transport take so many times as long."""

    def change(row: Row) -> Row:
        if row["transport"] != transport:
            return row
        return {
            **row,
            **{clock: repr(float(row[clock]) * factor) for clock in CLOCKS if row[clock]},
        }

    return change


def with_facts(run: Path, folder: Path, **facts: object) -> Path:
    """Copy a run into the folder with other facts; a section's entries replace those it has."""
    shutil.copytree(run, folder)
    path = folder / "run.json"
    head = json.loads(path.read_text(encoding="utf-8"))
    for name, value in facts.items():
        head[name] = {**head[name], **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(head), encoding="utf-8")
    return folder


@pytest.mark.parametrize("sides", [(FIRST, SECOND), (SECOND, FIRST)], ids=["forth", "back"])
@pytest.mark.parametrize("gate", ["slower:5%", "faster:5%"])
def test_two_runs_of_the_same_find_nothing(sides: tuple[Path, Path], gate: str) -> None:
    finished = compare(*sides, "--fail-on", gate, "--format", "json")
    assert finished.returncode == 0, finished.stderr
    verdicts = {one["verdict"] for one in json.loads(finished.stdout)["cells"]}
    assert verdicts <= {"equal", "open"}


@pytest.mark.parametrize("transport", ["queue", "simple_queue"])
def test_ten_percent_more_time_is_found(transport: str, tmp_path: Path) -> None:
    slower = changed(FIRST, tmp_path / "slower", stretched(transport, 1.10))
    finished = compare(SECOND, slower, *GATE, "--format", "json")
    assert finished.returncode == 4, finished.stdout
    cells = {one["transport"]: one for one in json.loads(finished.stdout)["cells"]}
    assert cells.pop(transport)["verdict"] == "slower"
    assert {one["verdict"] for one in cells.values()} == {"open"}


def test_a_failed_gate_says_what_failed_and_by_how_much(tmp_path: Path) -> None:
    slower = changed(FIRST, tmp_path / "slower", stretched("queue", 1.10))
    said = compare(SECOND, slower, *GATE).stdout.splitlines()
    assert said[:3] == [
        "What changed from second to slower",
        "",
        "The gate slower:5% fails: 1 cell beyond it.",
    ]
    (line,) = (one for one in said if one.startswith("slower"))
    assert re.fullmatch(r"slower  0\.\d\d× \[.*\]  Queue, 3\.11, against Pipe, .*", line), line
    assert max(map(len, said)) <= 80
    (line,) = (
        one
        for one in compare(SECOND, slower, *GATE, "--format", "md").stdout.splitlines()
        if "| Queue " in one
    )
    assert "▼" in line


def test_ten_percent_less_time_fails_no_gate_against_slowness(tmp_path: Path) -> None:
    faster = changed(SECOND, tmp_path / "faster", stretched("queue", 1 / 1.10))
    assert compare(FIRST, faster, *GATE).returncode == 0
    assert compare(FIRST, faster, "--fail-on", "faster:5%").returncode == 4


def test_an_undecided_gate_says_so_and_what_decides() -> None:
    said = " ".join(compare(SECOND, FIRST, *GATE).stdout.split())
    assert "does not fail, but it cannot be called passed either: 2 cells undecided" in said
    assert "More rounds or sessions decide" in said


def test_runs_of_two_machines_are_refused(tmp_path: Path) -> None:
    other = changed(SECOND, tmp_path / "other", lambda row: {**row, "machine": "0123456789ab"})
    head = json.loads((other / "run.json").read_text(encoding="utf-8"))
    here = head["machine"]
    (other / "run.json").write_text(json.dumps({**head, "machine": "0123456789ab"}))
    (other / "trials" / f"{here}.csv").rename(other / "trials" / "0123456789ab.csv")
    finished = compare(FIRST, other, *GATE)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert f"not comparable: measured on other machines ({here} and 0123456789ab)" in (
        finished.stderr
    )
    assert "measure both on one, or give both to `ipcmatrix report`" in finished.stderr


def test_another_method_gets_no_verdict_and_never_passes(tmp_path: Path) -> None:
    other = with_facts(SECOND, tmp_path / "other", measure={"target": 0.5})
    finished = compare(FIRST, other, *GATE)
    assert finished.returncode == 0
    assert "measure.target" in finished.stdout
    said = " ".join(finished.stdout.split())
    assert "cannot be called passed either: 2 cells undecided" in said
    found = json.loads(compare(FIRST, other, "--format", "json").stdout)
    assert {one["verdict"] for one in found["cells"]} == {"invalid"}


def test_another_build_of_the_interpreter_is_marked(tmp_path: Path) -> None:
    head = json.loads((SECOND / "run.json").read_text(encoding="utf-8"))
    interpreters = {"3.11": {**head["interpreters"]["3.11"], "build": "another"}}
    other = with_facts(SECOND, tmp_path / "other", interpreters=interpreters)
    finished = compare(FIRST, other, *GATE)
    assert finished.returncode == 0
    assert "Python 3.11: build" in finished.stdout


def test_runs_that_share_no_cell_are_refused(tmp_path: Path) -> None:
    other = changed(SECOND, tmp_path / "other", lambda row: {**row, "payload": "bytes:7"})
    cells = other / "cells.csv"
    cells.write_text(cells.read_text().replace(",int,", ",bytes:7,"))
    finished = compare(FIRST, other, *GATE)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "the runs share no cell with a ratio to the same baseline" in finished.stderr
    assert "measure the same matrix in both" in finished.stderr


def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    finished = compare(FIRST, tmp_path, *GATE)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert f"{tmp_path}: not a run folder (no run.json)" in (finished.stderr)
