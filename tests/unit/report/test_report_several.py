"""What a report of several runs says of itself at its head."""

from dataclasses import replace

import pytest
from findings_factory import CONTEXTS, RUN, Factory

from runner.report.publication import compose
from runner.report.summary import comment, summary
from runner.report.view import View
from runner.results import Findings

ONE = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1]).findings()


def of_runs(*names: str) -> Findings:
    return replace(ONE, runs=[{**RUN, "run": name} for name in names])


def subtitle(findings: Findings) -> str:
    return compose(View(findings), (), ()).subtitle


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("monday",), "Run monday"),
        (("monday", "friday"), "Runs monday, friday"),
        (("a", "b", "c", "d"), "Runs a, b, c, d"),
        (("a", "b", "c", "d", "e"), "Runs a, b, c and 2 more"),
        (("x" * 100, "y" * 100), f"Runs {'x' * 60}… (40 more characters), {'y' * 60}… (40 "),
    ],
)
def test_every_run_of_a_report_is_named_or_counted(names: tuple[str, ...], told: str) -> None:
    found = of_runs(*names)
    assert subtitle(found).startswith(told)
    heading = f"## ipcmatrix: {told.partition(' ')[2]}"
    assert summary(found).startswith(heading)
    assert comment(found).startswith(heading)


def test_a_run_without_a_name_is_still_a_run() -> None:
    nameless = replace(ONE, run={}, runs=[{}])
    assert subtitle(nameless).startswith("Run (no name) on vm-1: ")
    assert summary(nameless).startswith("## ipcmatrix: (no name)\n")
    two = replace(nameless, runs=[{}, {"run": "b"}])
    assert subtitle(two).startswith("Runs (no name), b on vm-1: ")


def test_one_of_a_kind_is_not_a_plural() -> None:
    assert subtitle(ONE).endswith("2 of 2 cells measured, 1 Python, 2 transports.")
