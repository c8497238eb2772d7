"""The sentences at the top, and the recommendation: what they claim and what they leave open."""

from dataclasses import replace
from typing import Any

import pytest
from findings_factory import CONTEXTS, Factory

from runner.report.document import Section
from runner.report.sections.flags import tables as flag_tables
from runner.report.sections.headlines import headlines
from runner.report.sections.latency import latency
from runner.report.sections.noise import noise
from runner.report.sections.ratios import rates
from runner.report.sections.winners import winners
from runner.report.view import View
from runner.results import Findings
from tests.rows import each

ROUND_TRIPS = tuple(one for one in CONTEXTS if one[1].startswith("request_reply"))


def made(**changed: Any) -> Findings:
    """Return small findings whose winners' rows are changed."""
    found = Factory(("3.13",), ("pipe", "queue", "os_pipe"), CONTEXTS[:1]).findings()
    return replace(found, winners=each(found.winners, **changed))


def fastest(found: Findings, machines: int = 1) -> str:
    said = [one for one in headlines(View(found)).headlines if "that carry objects" in one]
    assert len(said) == machines
    return " ".join(said)


def on_two_machines(found: Findings) -> Findings:
    return replace(
        found,
        cells=[*found.cells, *each(found.cells, machine="a-2")],
        comparisons=[*found.comparisons, *each(found.comparisons, machine="a-2")],
        winners=[*found.winners, *each(found.winners, machine="a-2", best_rate=1.0)],
    )


def test_the_fastest_is_reported_with_how_many_it_was_compared() -> None:
    said = fastest(made(best_rate=244_000.0))
    assert said == (
        "Under 3.13, of 2 transports that carry objects between processes, Pipe is fastest, "
        "244 k messages/s (int, one_to_one)."
    )


def test_an_open_set_has_no_fastest() -> None:
    said = fastest(made(decided=False))
    assert "Pipe is ahead, " in said
    assert said.endswith("; not every comparison has a verdict.")


def test_the_fastest_in_another_mode_is_reported_so() -> None:
    assert fastest(made(modes="mixed")).endswith(
        "; modes mixed: part of it may be one core against two."
    )


def test_the_fastest_is_that_of_the_machine_that_is_named() -> None:
    said = fastest(on_two_machines(made(best_rate=244_000.0)), machines=2)
    for machine, rate in (("vm-1", "244 k"), ("a-2", "1.00")):
        assert f"{rate} messages/s (int, one_to_one, machine {machine})" in said


def test_several_machines_have_a_table_each_of_rates() -> None:
    (_, alone) = winners(View(made())).tables
    (_, *each_machine) = winners(View(on_two_machines(made()))).tables
    assert [one.columns for one in each_machine] == [alone.columns] * 2
    assert {one.title for one in each_machine} == {
        f"{alone.title} (machine {name})" for name in ("vm-1", "a-2")
    }


def lead(ratio: float) -> str:
    found = made(runner_up="queue", runner_up_ratio=ratio, runner_up_low=0.9, runner_up_high=1.3)
    return winners(View(found)).tables[1].rows[0][-1].text


def test_who_is_not_ahead_of_the_next_is_level() -> None:
    assert lead(1.2) == "1.20× [0.90–1.30]"
    assert lead(0.97) == "level, 0.97× [0.90–1.30]"


def sharing(verdict: str, modes: str = "same") -> str:
    place = [one for one in CONTEXTS if one[1] == "fan_out"]
    found = Factory(("3.13",), ("pipe", "queue"), (CONTEXTS[0], *place)).findings()
    rows = each(
        found.crossovers, ratio=0.8, low=0.7, high=0.9, verdict=verdict, modes=modes, workers=8
    )
    (said,) = [
        one
        for one in headlines(View(replace(found, crossovers=rows))).headlines
        if "one shared" in one
    ]
    return said


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("slower", "8 × Pipe: 1.25× [1.11–1.43] slower than one shared Queue ("),
        ("faster", "8 × Pipe: 0.80× [0.70–0.90] faster than one shared Queue ("),
        ("equal", "8 × Pipe: as fast as one shared Queue, 0.80× [0.70–0.90] ("),
        ("invalid", "8 × Pipe: not decided against one shared Queue, 0.80× [0.70–0.90] ("),
    ],
)
def test_many_pipes_against_one_queue(verdict: str, words: str) -> None:
    assert sharing(verdict).startswith(words)
    assert "modes mixed" not in sharing(verdict)
    assert "modes mixed" in sharing(verdict, "mixed")


def timed(**changed: Any) -> Section:
    found = Factory(("3.13",), ("pipe", "queue"), (CONTEXTS[0], *ROUND_TRIPS)).findings()
    return latency(View(replace(found, cells=each(found.cells, **changed))))


@pytest.mark.parametrize(
    ("trips", "shown"), [(99, [False, False]), (100, [True, False]), (1000, [True, True])]
)
def test_a_percentile_needs_trips_enough_to_hold_it(trips: int, shown: list[bool]) -> None:
    section = timed(messages_median=float(trips))
    for row in section.tables[0].rows:
        assert [entry.text != "–" for entry in row[4:6]] == shown
        assert [entry.value is not None for entry in row[4:6]] == shown
        assert "–" not in {row[2].text, row[3].text, row[6].text}
    assert ("trips enough" in section.sentences[0]) is not all(shown)


def test_waiting_and_polling_are_not_mixed_in_the_headline() -> None:
    polled = [(one[0], "request_reply_poll", *one[2:]) for one in ROUND_TRIPS[:1]]
    found = Factory(("3.13",), ("pipe", "queue"), (CONTEXTS[0], *ROUND_TRIPS, *polled)).findings()
    quick = [
        replace(cell, latency_p50=(cell.latency_p50 or 1e-6) / 100)
        if cell.topology == "request_reply_poll"
        else cell
        for cell in found.cells
    ]
    said = headlines(View(replace(found, cells=quick))).headlines
    (one,) = [one for one in said if "shortest round trip" in one]
    assert one.endswith("(int, request_reply).")


def test_mostly_noisy_ratios_are_reported_at_the_top() -> None:
    found = made()
    for flags, told in ((("noisy",), True), (("drift", "noisy"), True), ((), False)):
        pairs = each(found.comparisons, flags=flags)
        said = headlines(View(replace(found, comparisons=pairs))).headlines
        assert any("to the baseline are noisy" in one for one in said) is told


def test_flags_are_counted_of_how_many_and_without_controls() -> None:
    found = made()
    pairs = each(found.comparisons, flags=("drift",))
    both = pairs + each(pairs, control=True)
    table = flag_tables(View(replace(found, comparisons=both)))[0]
    (row,) = [row for row in table.rows if row[0].text == "drift"]
    assert table.columns[2].title == "of 2 ratios to the baseline"
    assert row[2].text == "2"


def test_one_control_apart_lies_apart() -> None:
    found = made()
    for count, said in ((1, "1 of 96 controls lies apart"), (2, "2 of 96 controls lie apart")):
        rows = each(found.noise, controls_apart=count)
        (one,) = [
            one
            for one in noise(View(replace(found, noise=rows))).sentences
            if one.startswith("Session 1")
        ]
        assert said in one


def test_a_rate_of_too_few_rounds_has_no_interval() -> None:
    found = made()
    cells = each(found.cells, rate_low=None, rate_high=None)
    view = View(replace(found, cells=cells))
    assert {row[1].note for row in rates(view, view.base).rows} == {"[too few rounds]"}  # type: ignore[arg-type]
