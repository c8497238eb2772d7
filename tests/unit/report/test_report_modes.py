"""What a report says where the kernel runs a cell now crowded, now spread."""

import re
from dataclasses import replace
from typing import Any, cast

import pytest
from findings_factory import CONTEXTS, Factory
from section_tables import row_of, titles

from runner.report import decided
from runner.report.finding import find
from runner.report.publication import compose
from runner.report.sections.placement import placement
from runner.report.sections.workers import workers
from runner.report.tables import files
from runner.report.view import View
from runner.results import Findings, ModeRatio
from tests.rows import each, made

FAN_OUT = [one for one in CONTEXTS if one[1] == "fan_out" and one[2] == 2]


def findings(placements: tuple[str, ...] = ("free",)) -> Findings:
    """Return findings of fan_out with two workers, where pipe and queue have two modes if free."""
    contexts = tuple((*one[:4], place, one[5]) for one in FAN_OUT for place in placements)
    found = Factory(("3.9", "3.11"), ("pipe", "queue"), contexts).findings()
    rows = []
    for pair in found.comparisons:
        if not pair.of_report or pair.compared_axis != "transport" or pair.placement != "free":
            continue
        shared: dict[str, Any] = {
            name: getattr(pair, name)
            for name in ("machine", "compared_axis", "python", *pair.context._fields[1:], "a", "b")
        }
        shares = {"share_a": 0.65, "share_a_low": 0.594, "share_a_high": 0.704}
        crowded = made(
            ModeRatio, **shared, mode="crowded", ratio=1.41, low=1.33, high=1.48, **shares
        )
        rows += [crowded, replace(crowded, mode="spread", ratio=0.84, low=0.79, high=0.90)]
    return replace(found, modes=rows, crossovers=each(found.crossovers, machine="vm-1"))


@pytest.fixture(scope="module")
def view() -> View:
    return View(findings())


def test_the_ratio_in_each_mode_and_the_share_of_the_time_stand_in_a_table(view: View) -> None:
    (table,) = placement(view).tables
    assert titles(table) == [
        "Python", "option / baseline", "crowded", "spread", "crowded trials",
    ]  # fmt: skip
    row = row_of(table, "3.11", "Pipe / Queue")
    assert (row[1].note, row[4].note) == ("int, fan_out, 2 workers", "Pipe")
    assert [one.text for one in row[2:]] == [
        "1.41× [1.33–1.48]",
        "0.84× [0.79–0.90]",
        "59–70 %",
    ]


def test_seen_from_the_baseline_it_is_turned_round(view: View) -> None:
    pair = next(one for one in view.pairs if view.by_mode(one))
    crowded, _ = view.by_mode(pair.flipped())
    assert crowded.ratio == pytest.approx(1 / 1.41)
    assert (crowded.share_a, crowded.share_b) == (None, 0.65)


def test_n_pipes_over_a_queue_show_both_ratios_and_no_interval_of_the_mixture(view: View) -> None:
    table = workers(view).tables[0]
    row = row_of(table, "3.11", "2")
    shown = [row[3].text, row[4].text, row[4].note]
    assert shown == ["1.41 and 0.84", "[1.33–1.48]", "[0.79–0.90]"]
    assert "same cores" in table.note


def test_the_note_on_two_numbers_has_no_number_of_another_run(view: View) -> None:
    """A fixed 1.41 and 0.84 stood under every report's table, whatever its own numbers."""
    modes = [
        replace(one, ratio=0.74 if one.mode == "crowded" else 1.52) for one in view.findings.modes
    ]
    other = View(replace(view.findings, modes=modes))
    table = workers(other).tables[0]
    assert row_of(table, "3.11", "2")[3].text == "0.74 and 1.52"
    assert re.findall(r"\d", table.note) == []
    assert "first with the processes crowded" in table.note


def test_how_sure_gives_the_ratio_in_each_mode_where_it_is_undecided(view: View) -> None:
    pairs = each(view.findings.comparisons, verdict="open")
    (row,) = [
        one
        for one in find(View(replace(view.findings, comparisons=pairs))).situations
        if one.when.startswith("feed")
    ]
    assert (row.use, str(row.sure)) == (
        "either",
        "undecided; 2 workers: 1.41× or 0.84×",
    )


def test_beside_bound_cells_the_free_column_has_both_ratios() -> None:
    section = placement(View(findings(("free", "apart"))))
    table = next(one for one in section.tables if one.id == "placements")
    row = row_of(table, "Pipe")
    place = titles(table).index("free: as the kernel schedules")
    assert row[place].text == "1.41 and 0.84"
    assert row[titles(table).index("apart: a core each")].text != "1.41 and 0.84"


def test_one_mode_leaves_everything_as_it_is() -> None:
    one = View(replace(findings(), modes=[]))
    assert placement(one).tables == []
    row = row_of(workers(one).tables[0], "3.11", "2")
    assert row[4].text.startswith("[")
    assert "modes.csv" not in files(one, compose(one))


def test_the_last_lines_of_a_run_and_its_json_speak_of_modes() -> None:
    found = findings()
    few = [one for one in found.comparisons if one.of_report and one.compared_axis == "transport"]
    last = decided.lines(replace(found, comparisons=few))[-1]
    assert last == "  2 of them in two modes, crowded and spread: the report has both ratios"
    each = cast("list[dict[str, Any]]", decided.as_json(found)["each"])
    assert [one["by_mode"]["spread"] for one in each if one["by_mode"]] == [
        {"ratio": 0.84, "low": 0.79, "high": 0.90}
    ] * 2


def test_every_pair_and_mode_is_a_row_of_the_table(view: View) -> None:
    text = files(view, compose(view))["modes.csv"]
    assert len(text.splitlines()) == 1 + len(view.findings.modes)
    assert text.startswith("machine,compared_axis,python")
