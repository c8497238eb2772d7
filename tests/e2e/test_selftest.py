"""The self-test as a user meets it: measured for real, and its exit code agrees with its words."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

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

COMPARISONS = {"blocks": "15", "rounds": "11"}
"""Pairs of six copies; as a block's, the control and four others with the baseline, six others."""

TWICE = """
from runner import __main__
from runner.pipeline import selftest

printed = selftest._print

def in_words_too(results, name, as_json):
    printed(results, name, not as_json)
    printed(results, name, as_json)

selftest._print = in_words_too
__main__.start()
"""
"""Measures once, and prints the figures in words before it prints them as it was asked to."""


class Told(NamedTuple):
    """What one self-test says in words and in JSON, and how it ends."""

    words: str
    json: str
    code: int
    stderr: str


def strict(text: str) -> Any:
    """Return what JSON says, and refuse the NaN and Infinity that only Python reads."""

    def refuse(name: str) -> None:
        message = f"{name} is no JSON"
        raise ValueError(message)

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="module")
def told() -> Told:
    flags = ["--python", PYTHON, "--sessions", "1", "--rounds", str(ROUNDS), "--json"]
    finished = subprocess.run(
        [sys.executable, "-c", TWICE, "selftest", *flags],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    words, _, found = finished.stdout.rstrip("\n").rpartition("\n")
    return Told(words, found, finished.returncode, finished.stderr)


@pytest.fixture(scope="module")
def parts(told: Told) -> dict[str, str]:
    """Return what is said of each placement, without the control."""
    head = told.words.partition("a bound `by chance`")[0]
    found = re.split(r"self-test on [\d.]+, (\w+): ", head)
    assert found[0] == "", told.stderr
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_both_placements_are_judged(parts: dict[str, str]) -> None:
    assert list(parts) == ["free", "apart"]


@pytest.mark.parametrize("placement", ["free", "apart"])
def test_every_figure_has_a_line_with_its_mark_its_value_and_its_bound(
    parts: dict[str, str], placement: str
) -> None:
    head, *lines = parts[placement].splitlines()
    assert re.fullmatch(rf"1 session, {ROUNDS} rounds, robust spread \d\.\d{{3}}", head)
    found = [one.groups() for line in lines if (one := LINE.fullmatch(line))]
    assert [name for _, name, _ in found] == FIGURES
    *asked, windows = found
    assert all(TOLD.fullmatch(value) for _, _, value in asked), lines
    assert (windows[0], windows[2]) == ("not asked", "fewer than 45 rounds")


def test_the_exit_code_agrees_with_the_marks(told: Told) -> None:
    marks = {one[1] for line in told.words.splitlines() if (one := LINE.fullmatch(line))}
    assert told.code == int("NOT HELD" in marks), told.stderr
    assert "Traceback" not in told.stderr


def test_the_negative_control_is_shown_with_the_figures(told: Told) -> None:
    before, _, control = told.words.partition("the same trials analysed as blocks")
    assert FIGURES[0] in before
    _, *parts = control.split(":\n")
    for part in parts[1:]:
        header, *rows = part.splitlines()[: 1 + len(DESIGNS)]
        columns = ["design", "analysis", "comparisons", "different", "share", "half_width"]
        assert header.split() == columns
        for row, (design, analysis) in zip(rows, DESIGNS, strict=True):
            assert row.split()[0] == design
            assert row.split(analysis)[1].split()[0] == COMPARISONS[design]


def test_json_says_the_same_in_one_object(told: Told) -> None:
    found = strict(told.json)
    assert (found["version"], found["python"]) == (2, PYTHON)
    assert list(found["placements"]) == ["free", "apart"]
    for part in found["placements"].values():
        assert (part["sessions"], part["rounds"]) == (1, ROUNDS)
        assert part["spread"] > 0
        assert [one["name"] for one in part["figures"]] == FIGURES
        assert part["figures"][-1]["value"] is None
        assert {one["held"] for one in part["figures"]} <= {True, False, None}
        assert part["held"] is all(one["held"] is not False for one in part["figures"])
        assert [(one["design"], one["analysis"]) for one in part["blocks"]] == DESIGNS
        for one in part["blocks"]:
            assert str(one["comparisons"]) == COMPARISONS[one["design"]]
            assert one["share"] == pytest.approx(one["different"] / one["comparisons"])
        assert part["blocks"][1]["half_width"] is None
        assert part["blocks"][0]["half_width"] > 0
    assert found["held"] is all(part["held"] for part in found["placements"].values())
    assert told.code == int(not found["held"]), told.stderr
