"""What each section on figures says of findings whose figures are written here."""

from dataclasses import replace
from typing import Any

import pytest
from findings_factory import CONTEXTS, Factory
from section_tables import column, row_of, small_view, titles

from runner.report.document import Section
from runner.report.sections import SECTIONS
from runner.report.sections.clocks import clocks
from runner.report.sections.headlines import headlines
from runner.report.sections.latency import latency
from runner.report.sections.others import others
from runner.report.sections.payloads import payloads
from runner.report.sections.ratios import ratios
from runner.report.sections.statuses import statuses
from runner.report.sections.upgrades import upgrades
from runner.report.sections.winners import winners
from runner.report.sections.workers import workers
from runner.report.view import View
from runner.results import Findings
from tests.rows import each


@pytest.fixture(scope="module")
def view() -> View:
    return small_view()


def pair_set(findings: Findings, a: str, b: str, **change: Any) -> Findings:
    """Return the findings with the pairs of a and b, in either order, changed."""
    pairs = [
        replace(one, **change) if (one.a, one.b, one.clock) == (a, b, "end_to_end") else one
        for one in findings.comparisons
    ]
    assert pairs != findings.comparisons
    return replace(findings, comparisons=pairs)


def first_headline(**change: Any) -> str:
    one = Factory(pythons=("3.11",), transports=("pipe", "queue"), contexts=CONTEXTS[:1])
    return headlines(View(pair_set(one.findings(), "pipe", "queue", **change))).headlines[0]


KNOWN = {"ratio": 1.284, "low": 1.2449, "high": 1.309, "rounds": 40, "sessions": 1}


def test_a_headline_has_the_promised_form() -> None:
    assert first_headline(**KNOWN, verdict="faster") == (
        "Pipe is 1.28× [1.24–1.31] faster than Queue (3.11, int, one_to_one); "
        "one session only, 40 rounds."
    )


def test_a_slower_arm_is_reported_from_the_faster_side() -> None:
    slow = {"ratio": 0.5, "low": 0.4, "high": 0.625, "rounds": 40, "sessions": 1}
    assert first_headline(**slow, verdict="slower").startswith(
        "Queue is 2.00× [1.60–2.50] faster than Pipe (3.11"
    )


def test_several_sessions_are_reported_with_what_to_expect_next_time() -> None:
    pooled = KNOWN | {"sessions": 6, "rounds": 230, "next_low": 1.2, "next_high": 1.35}
    assert first_headline(**pooled, verdict="faster").endswith(
        "; 6 sessions, 230 rounds; next session expected 1.20–1.35."
    )


def test_a_forecast_that_says_nothing_is_left_to_the_tables() -> None:
    pooled = KNOWN | {"sessions": 3, "rounds": 60, "next_low": 0.64, "next_high": 3.67}
    assert first_headline(**pooled, verdict="faster").endswith(
        "; 3 sessions, 60 rounds; too few sessions for a forecast."
    )


def test_a_wide_forecast_of_many_sessions_is_not_one_of_too_few() -> None:
    pooled = KNOWN | {"sessions": 8, "rounds": 160, "next_low": 0.64, "next_high": 3.67}
    said = first_headline(**pooled, verdict="faster")
    assert said.endswith("; 8 sessions, 160 rounds; the next session may differ widely.")


def test_an_open_comparison_never_reads_as_equal() -> None:
    said = first_headline(**KNOWN, verdict="open", rounds_needed=81.6)
    assert said.startswith(
        "Pipe against Queue is not decided, equal within 34 %: 1.28× [1.24–1.31]"
    )
    assert said.endswith("about 82 rounds would decide.")


def test_an_invalid_block_gives_no_verdict() -> None:
    assert "has no verdict, the A/A control differs" in first_headline(**KNOWN, verdict="invalid")


def test_mixed_modes_are_said_in_the_sentence() -> None:
    assert "modes mixed" in first_headline(**KNOWN, verdict="faster", modes="mixed")


def test_statuses_sum_to_the_planned_cells(view: View) -> None:
    section = statuses(view)
    counts = [row[1].value or 0 for row in section.tables[0].rows]
    assert counts[-1] == sum(counts[:-1]) == view.findings.planned
    planned = f"{view.findings.planned:,}"
    assert section.sentences == [f"{planned} cells planned; the statuses sum to {planned}."]


def test_a_sum_that_is_not_the_planned_cells_is_said(view: View) -> None:
    wrong = replace(view.findings, planned=view.findings.planned + 1)
    assert "These differ" in statuses(View(wrong)).sentences[0]


def test_reasons_are_reported_with_the_cells_they_hold_for(view: View) -> None:
    table = statuses(view).tables[1]
    assert [one.text for one in table.rows[0]] == [
        "unsupported",
        "7",
        "numpy cannot be imported: No module named numpy",
        "Pipe, Pipe(duplex=False), Queue, SimpleQueue, JoinableQueue, Manager().Queue, "
        "queue.Queue (threads)",
        "2.7",
    ]


def test_ties_are_named_and_open_sets_marked() -> None:
    found = Factory(pythons=("3.8",), contexts=CONTEXTS[:1]).findings()
    rows = each(found.winners, winners=("pipe_simplex", "pipe"))
    table = winners(View(replace(found, winners=rows))).tables[0]
    assert [one.text for one in table.rows[0][1:]] == ["6", "Pipe(duplex=False) = Pipe …"]


def test_ratios_stand_in_version_order_with_the_baseline_as_one(view: View) -> None:
    table = ratios(view).tables[0]
    assert titles(table) == ["transport", "2.7", "3.9", "3.10", "3.13"]
    assert {one.text for one in row_of(table, "Queue")[1:]} == {"1"}
    pipe = row_of(table, "Pipe")[1]
    assert (pipe.text, pipe.tone) == ("2.00 ▲", "faster")
    assert pipe.note == "[1.97–2.02] 2c"


def test_mixed_modes_are_marked_in_the_table(view: View) -> None:
    manager = row_of(ratios(view).tables[0], "Manager().Queue")[1]
    assert manager.text.endswith("▼ ‡")
    assert manager.note.endswith("1c+2c")


def test_each_pair_of_transports_reads_the_same_from_both_sides(view: View) -> None:
    table = next(one for one in ratios(view).tables if one.id.startswith("transport-pairs"))
    place = [row[0].text for row in table.rows]
    down = table.rows[place.index("Pipe")][1 + place.index("Queue")]
    across = table.rows[place.index("Queue")][1 + place.index("Pipe")]
    assert down.value is not None
    assert across.value == pytest.approx(1 / down.value)
    assert (down.tone, across.tone) == ("faster", "slower")


def test_another_baseline_stands_in_where_the_first_was_not_measured() -> None:
    found = Factory(pythons=("3.11",), contexts=CONTEXTS[:2]).findings()
    pairs = [
        replace(one, to_baseline=one.to_baseline or (one.payload, one.b) == ("str:100", "pipe"))
        for one in found.comparisons
        if one.payload != "str:100" or "queue" not in (one.a, one.b)
    ]
    tables = ratios(View(replace(found, comparisons=pairs))).tables
    assert tables[0].title == "Speed relative to Queue (int, one_to_one)"
    assert tables[1].title == "Speed relative to Pipe (str:100, one_to_one)"


def test_crossovers_name_the_worker_count() -> None:
    found = Factory(pythons=("3.6", "3.9")).findings()
    section = workers(View(found))
    assert (
        "Crossover of Pipe and Queue (int, fan_out): the winner changes under 3.6 at 2 workers; "
        "it does not change under 3.9."
    ) in section.sentences
    rows = each(found.crossovers, verdict="open", crossover=None)
    assert (
        "Crossover of Pipe and Queue (int, fan_out): whether the winner changes is not decided "
        "under 3.6, 3.9."
    ) in workers(View(replace(found, crossovers=rows))).sentences
    row = row_of(section.tables[0], "3.9", "4")
    assert [row[5].text, row[6].text, row[7].text] == ["25 %", "18 %", "35 %"]


def test_latency_lists_the_percentiles(view: View) -> None:
    row = row_of(latency(view).tables[0], "Pipe", "3.13")
    values = [one.value or 0 for one in row[2:7]]
    assert values == sorted(values)
    assert row[2].text.endswith("µs")


def test_payloads_say_bytes_per_second_where_the_size_is_known(view: View) -> None:
    table = payloads(view).tables[0]
    assert titles(table)[1:] == [
        "int", "str:100", "bytes:1024", "bytes:65536", "bytes:1048576", "ndarray:400x400x3",
    ]  # fmt: skip
    row = row_of(table, "Pipe")
    assert row[1].note == ""
    assert row[3].note.endswith("MiB/s")


def test_upgrades_go_from_any_version_to_any_other(view: View) -> None:
    section = upgrades(view)
    table = next(one for one in section.tables if one.title.startswith("Queue: from any"))
    assert titles(table)[1:] == column(table, 0) == ["2.7", "3.9", "3.10", "3.13"]
    assert sum(1 for row in table.rows for one in row[1:] if one.text == "1") == 4


def test_clocks_say_the_part_of_the_stopwatch(view: View) -> None:
    row = row_of(clocks(view).tables[0], "Pipe", "3.13")
    fair, producer = row[2].value or 0, row[3].value or 0
    assert row[6].value == pytest.approx(producer / fair)
    assert row[6].value == pytest.approx(1.01 / 3.4, rel=0.01)


def test_other_compared_axes_have_a_table(view: View) -> None:
    found = view.findings.comparisons
    other = each(
        found[:1], compared_axis="start_method", a="spawn", b="fork", control=False, verdict="equal"
    )
    section = others(View(replace(view.findings, comparisons=[*found, *other])))
    assert [one.text for one in section.tables[0].rows[0]][3:5] == ["spawn", "fork"]


def test_every_section_says_what_is_missing_and_how_to_measure_it() -> None:
    empty = View(Factory(pythons=(), failures=False).findings())
    sections: list[Section] = [section(empty) for section in SECTIONS]
    assert [one.id for one in sections] == [
        "headlines", "cells", "winners", "ratios", "workers", "latency", "payloads", "upgrades",
        "others", "clocks", "history", "noise", "failures", "machine",
    ]  # fmt: skip
    silent = [one.id for one in sections if not (one.missing or one.sentences or one.tables)]
    assert silent == []
