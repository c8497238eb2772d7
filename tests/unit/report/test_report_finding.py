"""The finding: chosen by a rule, and worded for whoever reads nothing else."""

from dataclasses import replace
from typing import Any

import pytest
from findings_factory import CONTEXTS, Factory, hostile
from made_cells import BASELINE

from runner.report import finding
from runner.report.finding import Situation, find
from runner.report.view import View
from runner.results import Findings

TWO = Factory(pythons=("3.11",), transports=("pipe", "queue"), contexts=CONTEXTS[:1]).findings()
ALL = Factory(pythons=("3.11",)).findings()


def changed(found: Findings, a: str, b: str, **change: Any) -> Findings:
    """Return the findings with the end-to-end comparisons of a and b changed."""
    pairs = [
        replace(one, **change) if (one.a, one.b, one.clock) == (a, b, "end_to_end") else one
        for one in found.comparisons
    ]
    assert pairs != found.comparisons
    return replace(found, comparisons=pairs)


def first(found: Findings) -> Situation:
    return find(View(found)).situations[0]


KNOWN: dict[str, Any] = {"ratio": 1.284, "low": 1.2449, "high": 1.309, "sessions": 3}


def test_a_decided_lead_is_the_title_and_the_first_row() -> None:
    found = changed(TWO, "pipe", "queue", **KNOWN, verdict="faster")
    assert find(View(found)).title == (
        "Pipe or Queue? On Python 3.11, Pipe: 1.3× for small messages"
    )
    row = first(found)
    assert (row.when, row.use) == ("stream small objects to one process", "Pipe")
    assert (row.instead, row.sure) == ("1.28× [1.24–1.31]", "clear")


def test_a_slower_option_means_to_stay() -> None:
    slow = {"ratio": 0.5, "low": 0.4, "high": 0.625, "sessions": 1}
    found = changed(TWO, "pipe", "queue", **slow, verdict="slower")
    assert find(View(found)).title.endswith("Queue: 2.0× for small messages")
    row = first(found)
    assert (row.use, row.instead) == ("stay with Queue", "Pipe 0.50× [0.40–0.62]")
    assert row.sure == "clear, one session"


def test_nothing_decided_is_the_title() -> None:
    found = changed(TWO, "pipe", "queue", **KNOWN, verdict="open", flags=("noisy",))
    assert find(View(found)).title == (
        "No clear winner: this machine was too noisy, or the run too short"
    )
    assert (first(found).use, first(found).sure) == ("either", "too noisy to tell")


def test_an_invalid_block_advises_nothing() -> None:
    row = first(changed(TWO, "pipe", "queue", **KNOWN, verdict="invalid"))
    assert (row.use, row.sure, row.advised) == ("either", "no: the A/A control differs", False)


def test_equal_is_said_as_equal() -> None:
    found = changed(TWO, "pipe", "queue", ratio=1.01, low=0.99, high=1.02, verdict="equal")
    assert "makes no difference: equal within" in find(View(found)).title
    assert first(found).sure.startswith("equal within")


def test_one_core_against_two_is_said() -> None:
    cells = [
        replace(one, mode="two cores" if one.transport == "pipe" else "one core")
        for one in TWO.cells
    ]
    found = changed(TWO, "pipe", "queue", **KNOWN, verdict="faster", modes="mixed")
    row = first(replace(found, cells=cells))
    assert row.sure == "clear; keeps two cores busy, Queue one"


def test_upper_bounds_never_stand_in_the_table() -> None:
    text = str(find(View(ALL)).situations)
    assert "os.pipe" not in text
    assert "threads" not in text
    assert "Pipe" in text


def test_worker_counts_with_one_answer_share_a_row() -> None:
    found = Factory(pythons=("3.11",), transports=("pipe", "queue")).findings()
    found = changed(found, "pipe", "queue", verdict="open", flags=())
    rows = [row.when for row in find(View(found)).situations if row.when.startswith("feed")]
    assert len(rows) == len(set(rows))
    assert any("–" in one for one in rows)


def test_the_baseline_is_the_shared_queue_whatever_the_run_had() -> None:
    """What people have today; the published runs were measured with Pipe as baseline."""
    pairs = [
        replace(one.flipped(), to_baseline=True) if (one.a, one.b) == ("pipe", BASELINE) else one
        for one in TWO.comparisons
    ]
    assert find(View(replace(TWO, comparisons=pairs))).baseline == "Queue"
    assert first(replace(TWO, comparisons=pairs)).use == first(TWO).use


def test_nothing_measured_has_a_title() -> None:
    empty = Factory(pythons=(), failures=False).findings()
    assert find(View(empty)).title == "Nothing was measured"


def test_hostile_names_do_no_harm() -> None:
    assert find(View(hostile())).title


@pytest.mark.parametrize(
    ("number", "said"), [(1.04, "1.04×"), (1.24, "1.2×"), (9.96, "10×"), (12.3, "12×")]
)
def test_a_factor_is_as_exact_as_a_title_needs(number: float, said: str) -> None:
    assert finding.factor(number) == said


@pytest.mark.parametrize(
    ("octets", "said"), [(64, "64 B"), (100_000, "100 kB"), (1_280_000, "1.28 MB")]
)
def test_sizes_are_as_round_as_names(octets: int, said: str) -> None:
    assert finding.size(octets) == said
