"""Cells under a JIT whose trials had not come to a steady speed."""

from collections.abc import Sequence

import pandas as pd
import pytest

from runner.analysis import analyse
from runner.analysis.cells import APART, OFTEN
from tests.statistics.simulator import exact, loaded

STEADY = "0.03;0.05;0.07;0.09"
"""A slow first quarter, then 0.02 s each."""

UNSTEADY = "0.03;0.05;0.06;0.08"
"""Second quarter 0.02 s, the last half 0.015 s a quarter."""


def trials(quarters: Sequence[str]) -> pd.DataFrame:
    frame = exact({"pipe": [10.0] * len(quarters)})
    frame["quarter_seconds"] = list(quarters)
    return frame


def flags(frame: pd.DataFrame) -> str:
    (found,) = analyse(loaded(frame)).cells
    return ";".join(found.flags)


def test_the_thresholds_are_those_of_the_method() -> None:
    assert (APART, OFTEN) == (0.05, 0.25)


@pytest.mark.parametrize(
    ("quarters", "expected"),
    [
        ("1;2;3.049;4.098", ""),  # the last half 4.9 % longer than two second quarters
        ("1;2;3.051;4.102", "not steady"),  # 5.1 % longer
        ("1;2.049;3.049;4.049", ""),  # the second quarter 4.9 % longer
        ("1;2.051;3.051;4.051", "not steady"),
        ("1;2;3.2;4.0", ""),  # two quarters that make up for one another
        ("9;10;11;12", ""),  # the first quarter is not looked at
        ("1;2;2;2", "not steady"),
        ("1e-05;2e-05;3e-05;4e-05", ""),
    ],
)
def test_second_quarter_and_last_half_may_differ_by_five_per_cent(
    quarters: str, expected: str
) -> None:
    assert flags(trials([quarters] * 8)) == expected


@pytest.mark.parametrize(("unsteady", "expected"), [(2, ""), (3, "not steady"), (8, "not steady")])
def test_a_quarter_of_the_trials_may_be_unsteady(unsteady: int, expected: str) -> None:
    assert flags(trials([UNSTEADY] * unsteady + [STEADY] * (8 - unsteady))) == expected


def test_trials_without_quarters_count_neither_way() -> None:
    assert flags(trials([""] * 8)) == ""
    assert flags(trials([UNSTEADY, STEADY, STEADY] + [""] * 5)) == "not steady"
    assert flags(trials([UNSTEADY, STEADY, STEADY, STEADY] + [""] * 4)) == ""


def test_failed_trials_count_neither_way() -> None:
    frame = trials([UNSTEADY] + [STEADY] * 8)
    assert flags(frame) == ""
    frame = trials([UNSTEADY] * 2 + [STEADY] * 6)
    frame.loc[7, "status"] = "failed"
    assert "not steady" in flags(frame)


def test_each_cell_is_judged_by_its_own_trials() -> None:
    frame = exact({"pipe": [10.0] * 8, "queue": [10.0] * 8})
    frame["quarter_seconds"] = frame["transport"].map({"pipe": STEADY, "queue": UNSTEADY})
    found = {one.transport: one.flags for one in analyse(loaded(frame)).cells}
    assert found == {"pipe": (), "queue": ("not steady",)}
