"""What a report of several runs says of itself at its head."""

from dataclasses import replace

import pytest
from findings_factory import CONTEXTS, RUN, Factory

from runner.report.publication import compose
from runner.report.sections.machine import machine
from runner.report.summary import comment, summary
from runner.report.view import View
from runner.results import Findings

ONE = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1]).findings()


def of_runs(*names: str) -> Findings:
    return replace(ONE, runs=[{**RUN, "run": name} for name in names])


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("monday",), "monday"),
        (("monday", "friday"), "monday, friday"),
        (("a", "b", "c", "d"), "a, b, c, d"),
        (("a", "b", "c", "d", "e"), "a, b, c and 2 more"),
        (("x" * 100, "y" * 100), f"{'x' * 60}… (40 more characters), {'y' * 60}… (40 "),
    ],
)
def test_every_run_of_a_report_is_named_or_counted(names: tuple[str, ...], told: str) -> None:
    found = of_runs(*names)
    assert f"; run {told[:100]}" in machine(View(found)).sentences[0]
    assert f" · {told}" in summary(found)
    assert f" · {told}" in comment(found)


def test_a_run_without_a_name_is_still_a_run() -> None:
    nameless = replace(ONE, run={}, runs=[{}, {"run": "b"}])
    assert " · (no name), b\n" in summary(nameless)


def test_the_context_says_what_was_measured() -> None:
    assert compose(View(ONE)).subtitle.endswith("all 2 combinations measured")
    fewer = replace(ONE, planned=3)
    assert compose(View(fewer)).subtitle.endswith("2 of 3 combinations measured")
