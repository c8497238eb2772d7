"""Decided, equal and open are disjoint and add up, all together and by placement."""

from dataclasses import replace
from typing import Any, cast

from findings_factory import CONTEXTS, Factory

from runner.report import decided
from runner.results import Findings
from tests.rows import each

FOUND = Factory(("3.9", "3.11"), ("pipe", "queue", "simple_queue"), CONTEXTS[:1]).findings()


def findings(*words: str, placements: tuple[str, ...] = ("free",)) -> Findings:
    """Return findings whose comparisons with the baseline have these verdicts, and placements."""
    (first, *_) = decided.compared(FOUND)
    pairs = [
        replace(first, verdict=word, placement=placements[place % len(placements)], a=str(place))
        for place, word in enumerate(words)
    ]
    others = each(FOUND.comparisons, to_baseline=False)
    return replace(FOUND, comparisons=[*pairs, *others], margin=0.05)


def test_what_was_compared_with_the_baseline_is_counted_once() -> None:
    found = findings("faster", "slower", "equal", "open", "invalid", "open")
    known = {"total": 6, "decided": 2, "equal": 1, "open": 3}
    assert decided.counts(decided.compared(found)) == known
    assert decided.lines(found) == [
        "6 comparisons with the baseline: 2 decided, 1 equal within 5 %, 3 undecided"
    ]


def test_both_placements_are_counted_each_for_itself() -> None:
    found = findings("faster", "open", "equal", "faster", "slower", placements=("apart", "free"))
    assert decided.lines(found) == [
        "5 comparisons with the baseline: 3 decided, 1 equal within 5 %, 1 undecided",
        "  3 bound to cores: 2 decided, 1 equal within 5 %, 0 undecided",
        "  2 not bound: 1 decided, 0 equal within 5 %, 1 undecided",
    ]


def test_json_has_the_counts_and_each_comparison_with_its_interval() -> None:
    found = decided.as_json(findings("faster", "open", placements=("apart", "free")))
    assert found["total"] == 2
    assert found["bound"] == {"total": 1, "decided": 1, "equal": 0, "open": 0}
    assert found["free"] == {"total": 1, "decided": 0, "equal": 0, "open": 1}
    first, _ = cast("list[dict[str, Any]]", found["each"])
    assert (first["verdict"], first["bound"], first["low"] < first["high"]) == (
        "faster",
        True,
        True,
    )


def test_an_interval_that_too_few_rounds_leave_without_ends_has_none_in_json() -> None:
    found = findings("open")
    few = replace(found.comparisons[0], low=0.0, high=float("inf"), rounds=4)
    (one,) = cast(
        "list[dict[str, Any]]", decided.as_json(replace(found, comparisons=[few]))["each"]
    )
    assert (one["low"], one["high"], one["rounds"]) == (None, None, 4)


def test_a_comparison_of_placements_with_a_free_cell_counts_as_free() -> None:
    (one, *_) = decided.compared(FOUND)
    across = replace(one, compared_axis="placement", placement="", a="apart", b="free")
    assert not across.bound
    assert replace(across, b="together").bound


def test_nothing_compared_says_nothing() -> None:
    assert decided.lines(replace(FOUND, comparisons=[])) == []
