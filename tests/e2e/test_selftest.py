"""The self-test as a user meets it: measured for real, and its exit code agrees with its words."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.machine

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
ROUNDS = 20
"""Fewer than a window of 45: what windows would tell is one figure that is not asked."""
LINE = re.compile(r"  (held|NOT HELD|not asked) +([^:]+): (.+)")
TOLD = re.compile(r"-?[\d.e-]+, wanted (at most|at least|within|0).*")
FIGURES = [
    "95 % intervals of identical copies that exclude 1",
    "claims on identical copies after correction",
    "copies found the same within ±5 %",
    "advantage of running first",
    "correlation of a round's ratio with the next round's",
    "windows of 45 rounds that find 5%",
]
DESIGNS = [
    ("blocks", "Welch's t on ln rate"),
    ("blocks", "Mann-Whitney"),
    ("rounds", "signed ranks of within-round ratios"),
]

Finished = subprocess.CompletedProcess[str]


def selftest(*more: str) -> Finished:
    command = [sys.executable, "-m", "runner", "selftest", "--python", PYTHON, "--sessions", "1"]
    return subprocess.run(
        [*command, "--rounds", str(ROUNDS), *more],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


def strict(text: str) -> Any:
    """Return what JSON says, and refuse the NaN and Infinity that only Python reads."""

    def refuse(name: str) -> None:
        message = f"{name} is no JSON"
        raise ValueError(message)

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="module")
def told() -> Finished:
    return selftest()


@pytest.fixture(scope="module")
def said() -> Finished:
    return selftest("--json")


def figures(told: Finished) -> list[tuple[str, str, str]]:
    """Return each figure's mark, name, and value with its bound."""
    lines = told.stdout.splitlines()
    return [(one[1], one[2], one[3]) for line in lines if (one := LINE.fullmatch(line))]


def test_every_figure_has_a_line_with_its_mark_its_value_and_its_bound(told: Finished) -> None:
    head, *_ = told.stdout.splitlines()
    wanted = rf"self-test on {PYTHON}: 1 session, {ROUNDS} rounds, robust spread 0\.\d{{3}}"
    assert re.fullmatch(wanted, head), told.stderr
    assert [name for _, name, _ in figures(told)] == FIGURES
    *asked, windows = figures(told)
    assert all(TOLD.fullmatch(value) for _, _, value in asked), told.stdout
    assert (windows[0], windows[2]) == ("not asked", "fewer than 45 rounds")
    assert "Traceback" not in told.stderr


def test_the_exit_code_agrees_with_the_marks(told: Finished) -> None:
    marks = {mark for mark, _, _ in figures(told)}
    assert told.returncode == int("NOT HELD" in marks), told.stderr


def test_the_negative_control_stands_beside_the_figures(told: Finished) -> None:
    before, _, control = told.stdout.partition("the same trials analysed as blocks")
    assert FIGURES[0] in before
    _, header, *rows = control.splitlines()
    columns = ["design", "analysis", "comparisons", "different", "share", "half_width"]
    assert header.split() == columns
    assert len(rows) == len(DESIGNS)
    for row, (design, analysis) in zip(rows, DESIGNS, strict=True):
        assert row.split()[0] == design
        assert analysis in row
        assert row.split(analysis)[1].split()[0] == "15"  # pairs of six copies


def test_json_says_the_same_in_one_object(said: Finished) -> None:
    found = strict(said.stdout)
    assert (found["version"], found["python"]) == (1, PYTHON)
    assert (found["sessions"], found["rounds"]) == (1, ROUNDS)
    assert found["spread"] > 0
    assert [one["name"] for one in found["figures"]] == FIGURES
    assert found["figures"][-1]["value"] is None
    assert {one["held"] for one in found["figures"]} <= {True, False, None}
    assert found["held"] is all(one["held"] is not False for one in found["figures"])
    assert said.returncode == int(not found["held"]), said.stderr


def test_json_holds_the_negative_control(said: Finished) -> None:
    rows = strict(said.stdout)["blocks"]
    assert [(one["design"], one["analysis"]) for one in rows] == DESIGNS
    for one in rows:
        assert one["comparisons"] == 15  # pairs of six copies
        assert one["share"] == pytest.approx(one["different"] / 15)
    assert rows[1]["half_width"] is None
    assert rows[0]["half_width"] > 0
