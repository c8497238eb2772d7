"""What each section on figures says of findings whose figures are written here."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from findings_factory import CONTEXTS, Factory
from section_tables import column, row_of, small_view, titles

from runner.report.document import Table
from runner.report.publication import compose
from runner.report.sections import winners
from runner.report.sections.clocks import clocks
from runner.report.sections.failures import failures
from runner.report.sections.latency import latency
from runner.report.sections.payloads import payloads
from runner.report.sections.placement import placement
from runner.report.sections.ratios import against, ratios
from runner.report.sections.upgrades import upgrades
from runner.report.sections.workers import workers
from runner.report.view import View
from tests.registry import CATALOGUE
from tests.rows import each


@pytest.fixture(scope="module")
def view() -> View:
    return small_view()


def test_reasons_are_given_with_their_cells(view: View) -> None:
    table = failures(view).tables[0]
    assert table.title.endswith(f"of {view.findings.planned:,} combinations without figures")
    assert [one.text for one in table.rows[0][:2]] == [
        "7",
        "unsupported",
    ]
    assert table.rows[0][2].text == "numpy cannot be imported: No module named numpy"


def test_all_measured_needs_no_section() -> None:
    found = Factory(pythons=("3.11",), contexts=CONTEXTS[:1], failures=False).findings()
    section = failures(View(found))
    assert not section.brief
    assert not section.details


def test_ties_are_named_and_open_sets_marked() -> None:
    found = Factory(pythons=("3.8",), contexts=CONTEXTS[:1]).findings()
    rows = each(found.winners, winners=("pipe_simplex", "pipe"))
    table = winners.tables(View(replace(found, winners=rows)))[0]
    assert [one.text for one in table.rows[0][1:]] == ["6", "Pipe(duplex=False) = Pipe …"]


def test_ratios_are_in_version_order_with_the_baseline_as_one(view: View) -> None:
    table = against(view, view.contexts[0])
    assert titles(table) == ["transport", "2.7", "3.9", "3.10", "3.13"]
    assert {one.text for one in row_of(table, "Queue")[1:]} == {"1"}
    pipe = row_of(table, "Pipe")[1]
    assert (pipe.text, pipe.tone) == ("2.00 ▲", "faster")
    assert pipe.note == "[1.97–2.02] 2c"


def test_mixed_modes_are_marked_in_the_table(view: View) -> None:
    manager = row_of(against(view, view.contexts[0]), "Manager().Queue")[1]
    assert manager.text.endswith("▼ ‡")
    assert manager.note.endswith("1c+2c")


def test_each_pair_of_transports_reads_the_same_from_both_sides(view: View) -> None:
    table = next(one for one in ratios(view).details if one.id.startswith("transport-pairs"))
    place = [row[0].text for row in table.rows]
    down = table.rows[place.index("Pipe")][1 + place.index("Queue")]
    across = table.rows[place.index("Queue")][1 + place.index("Pipe")]
    assert down.value is not None
    assert across.value == pytest.approx(1 / down.value)
    assert (down.tone, across.tone) == ("faster", "slower")


def test_another_baseline_is_used_where_the_first_was_not_measured() -> None:
    found = Factory(pythons=("3.11",), contexts=CONTEXTS[:2]).findings()
    pairs = [
        replace(one, to_baseline=one.to_baseline or (one.payload, one.b) == ("str:100", "pipe"))
        for one in found.comparisons
        if one.payload != "str:100" or "queue" not in (one.a, one.b)
    ]
    tables = [
        one
        for one in ratios(View(replace(found, comparisons=pairs))).details
        if one.id.startswith("ratios-")
    ]
    assert tables[0].title == "Speed relative to Queue (int, one_to_one)"
    assert tables[1].title == "Speed relative to Pipe (str:100, one_to_one)"


def test_crossovers_name_the_worker_count() -> None:
    found = Factory(pythons=("3.6", "3.9")).findings()
    section = workers(View(found))
    assert section.sentences == [
        "Pipe or Queue: the winner changes at this many workers: 2 on 3.6."
    ]
    rows = each(found.crossovers, verdict="open", crossover=None)
    (said,) = workers(View(replace(found, crossovers=rows))).sentences
    assert "no change of winner is proven" in said
    assert "too wide to rule one out" in said
    row = row_of(section.details[0], "3.9", "4")
    assert [row[5].text, row[6].text, row[7].text] == ["25 %", "18 %", "35 %"]


def test_latency_lists_the_percentiles(view: View) -> None:
    row = row_of(latency(view).details[0], "Pipe", "3.13")
    values = [one.value or 0 for one in row[2:7]]
    assert values == sorted(values)
    assert row[2].text.endswith("µs")


def test_payloads_tell_bytes_per_second_where_the_size_is_known(view: View) -> None:
    table = next(one for one in payloads(view).details if "str:100" in titles(one))
    assert titles(table)[1:] == [
        "int", "str:100", "bytes:1024", "bytes:65536", "bytes:1048576", "ndarray:400x400x3",
    ]  # fmt: skip
    row = row_of(table, "Pipe")
    assert row[1].note == ""
    assert row[3].note.endswith("MiB/s")


def sizes(transports: Sequence[str]) -> Table:
    found = Factory(("3.9",), transports, CONTEXTS[2:5]).findings()
    return payloads(View(found)).tables[0]


def test_each_size_has_its_fastest_and_the_share_of_the_ceiling() -> None:
    table = sizes(("os_pipe", "pipe", "pipe_simplex", "queue", "thread_queue"))
    assert table.title == "Which transport for which message: speed relative to Queue (Python 3.9)"
    assert titles(table) == ["transport", "bytes 1.02 kB", "bytes 65.5 kB", "bytes 1.05 MB"]
    names = ["Pipe", "Pipe(duplex=False)", "Queue", "Queue, messages/s", "os.pipe, messages/s"]
    assert column(table, 0) == names
    best = row_of(table, "Pipe(duplex=False)")[1]
    assert re.fullmatch(r"1\.[45]\d ▲ · (?:3[5-9]|4\d) %", best.text), best.text
    assert best.tone == "advised"
    assert re.fullmatch(r"1 · 2\d %", row_of(table, "Queue")[1].text)
    assert "%: of the speed of " in table.note


def test_where_no_round_has_both_a_share_says_so_and_does_not_stand_alone() -> None:
    found = Factory(("3.9",), ("os_pipe", "pipe", "queue"), CONTEXTS[2:5]).findings()
    pairs = [
        replace(one, ratio=None, verdict="open")
        if (one.a, one.b, one.payload) == ("pipe", "queue", "bytes:1024")
        else one
        for one in found.comparisons
    ]
    table = payloads(View(replace(found, comparisons=pairs))).tables[0]
    shown = row_of(table, "Pipe")
    assert shown[1].text == "not in one round"
    assert "%" in shown[2].text
    assert "Not in one round: it and Queue were never both ok in one" in table.note


def test_without_a_ceiling_nothing_is_said_of_one() -> None:
    table = sizes(("pipe", "queue"))
    assert column(table, 0) == ["Pipe", "Queue", "Queue, messages/s"]
    assert not [one for row in table.rows for one in row if "%" in one.text]
    assert "ceiling" not in table.note


def test_of_many_transports_the_short_table_has_who_leads_somewhere_and_the_page_all() -> None:
    many = [one for one in CATALOGUE.entries["transport"] if not CATALOGUE.bounds(one)]
    assert len(many) == 11
    section = payloads(View(Factory(("3.9",), many, CONTEXTS[2:5]).findings()))
    brief, every = section.tables[0], section.details[0]
    assert len(brief.rows) == 10 + 1
    assert len(every.rows) == 11 + 1
    assert {"Queue", "Queue, messages/s"} <= set(column(brief, 0)) <= set(column(every, 0))
    bold = {row[0].text for row in every.rows for one in row if one.tone == "advised"}
    assert bold <= set(column(brief, 0))


def test_upgrades_go_from_any_version_to_any_other(view: View) -> None:
    section = upgrades(view)
    table = next(one for one in section.details if one.title.startswith("Queue: from any"))
    assert titles(table)[1:] == column(table, 0) == ["2.7", "3.9", "3.10", "3.13"]
    assert sum(1 for row in table.rows for one in row[1:] if one.text == "1") == 4


def test_clocks_tell_the_part_of_the_stopwatch(view: View) -> None:
    row = row_of(clocks(view).details[0], "Pipe", "3.13")
    fair, producer = row[2].value or 0, row[3].value or 0
    assert row[6].value == pytest.approx(producer / fair)
    assert row[6].value == pytest.approx(1.01 / 3.4, rel=0.01)


def test_other_compared_axes_have_a_table(view: View) -> None:
    found = view.findings.comparisons
    other = each(
        found[:1], compared_axis="start_method", a="spawn", b="fork", control=False, verdict="equal"
    )
    section = placement(View(replace(view.findings, comparisons=[*found, *other])))
    assert [one.text for one in section.details[0].rows[0]][3:5] == ["spawn", "fork"]


def test_only_sections_with_something_to_say_are_in_the_report() -> None:
    empty = View(Factory(pythons=(), failures=False).findings())
    assert [one.id for one in compose(empty).sections] == ["answer", "noise", "machine"]
    assert compose(empty).sections[0].missing


def test_short_tables_have_one_mark_a_cell_and_no_bounds(view: View) -> None:
    for section in compose(view).sections:
        if section.id in ("failures", "machine", "noise", "answer"):
            continue
        for table in section.tables:
            ceilings = [row for row in table.rows if row[0].text == "os.pipe, messages/s"]
            assert len(ceilings) == (section.id == "payloads")
            texts = [one.text for row in table.rows if row not in ceilings for one in row]
            assert not [one for one in texts if "os.pipe" in one or "threads" in one]
            assert not [one for one in texts if "†" in one or "‡" in one]
            assert not [row for row in table.rows for one in row if one.note]
