"""Noise, diagnostics and machine: what the sections on trust say."""

from dataclasses import replace
from typing import Any

import pytest
from findings_factory import CONTEXTS, Factory

from runner.model.environment_hash import environment_hash_of
from runner.report import decided
from runner.report.document import Table
from runner.report.sections.machine import machine
from runner.report.sections.noise import noise
from runner.report.view import View
from runner.results import Comparison, SessionInterval
from tests.rows import each, made

FINDINGS = Factory(("3.11",), ("pipe", "queue"), CONTEXTS[:1], sessions=3).findings()


def a_pair(**changed: Any) -> Comparison:
    (pair,) = [one for one in View(FINDINGS).pairs if one.clock == "end_to_end"][:1]
    return replace(pair, **changed)


def table(name: str, **frames: Any) -> Table:
    shown = noise(View(replace(FINDINGS, **frames)))
    (one,) = [one for one in shown.details if one.id == name]
    return one


def test_load_dependent_ratios_are_shown_by_tercile() -> None:
    pairs = [one for one in FINDINGS.comparisons if one.of_report and one.to_baseline]
    loaded = each(pairs, load_calm=1.27, load_between=1.33, load_busy=1.42)
    lines = table("load-terciles", comparisons=loaded).rows
    assert [entry.text for entry in lines[0]][3:] == ["1.27", "1.33", "1.42"]
    assert len(lines) == len(pairs)


def test_a_turned_pair_turns_its_terciles() -> None:
    turned = a_pair(load_calm=0.5, load_between=None, load_busy=0.8).flipped()
    assert (turned.load_calm, turned.load_between, turned.load_busy) == (2.0, None, 1.25)


def test_a_session_with_stolen_time_is_reported() -> None:
    row = made(
        SessionInterval,
        run="r1",
        sessions="1, 2",
        minutes=5.25,
        load="0.50 → 1.75",
        busy=0.61,
        processes="100 → 104",
        steal=0.031,
        cgroup_throttled=0,
        swapped_in=0,
        swapped_out=0,
        flags=("stolen",),
    )
    said = noise(View(replace(FINDINGS, intervals=[row]))).sentences
    assert said[-1] == (
        "While run r1 measured its sessions 1, 2: "
        "the hypervisor kept more than 2 % of all CPU time."
    )
    tables = noise(View(replace(FINDINGS, intervals=[row]))).details
    (found,) = (one for one in tables if one.id == "session-intervals")
    shown = [entry.text for entry in found.rows[0]]
    assert shown == [
        *("r1", "1, 2", "5.2", "0.50 → 1.75", "61 %", "–", "100 → 104", "–"),
        *("3.1 %", "–", "0", "0", "0", "stolen"),
    ]


def test_notes_on_the_runs_stand_before_the_noise() -> None:
    said = noise(View(replace(FINDINGS, notes=("The runs differ.",)))).sentences
    assert said[1] == "The runs differ."


@pytest.mark.parametrize(("share", "said"), [(0.30, "30 %"), (0.31, "31 % (too many)")])
def test_more_than_thirty_percent_of_disturbed_rounds_are_too_many(share: float, said: str) -> None:
    section = noise(with_noise(contaminated=share))
    assert section.tables == []
    told = f"Here 5 of 96 differ, the widest by 2.1 %, and {said} of 40 rounds were disturbed."
    assert told in section.sentences[0]
    session = replace(FINDINGS.noise[0], contaminated=share)
    several = noise(View(replace(FINDINGS, noise=[session, *FINDINGS.noise[1:]])))
    assert several.tables[0].rows[0][4].text == said
    assert "the widest by" not in several.sentences[0]


@pytest.mark.parametrize(
    ("apart", "said"),
    [(0, "no more than chance"), (15, "no more than chance"), (16, "more than chance explains")],
)
def test_all_controls_together_are_judged_against_chance(apart: int, said: str) -> None:
    """Of 195 controls 9.75 differ by chance; 15 or more in 6.6 % of all runs, 16 in 3.7 %."""
    sessions = [replace(FINDINGS.noise[0], controls=65, controls_apart=0) for _ in range(3)]
    sessions[1] = replace(sessions[1], controls_apart=apart)
    told = noise(View(replace(FINDINGS, noise=sessions))).sentences[0]
    assert f"Here {apart} of 195 controls differ: {said}." in told


def test_the_diagnostics_that_fired_are_counted_in_one_sentence() -> None:
    pairs = each(FINDINGS.comparisons, flags=("noisy", "drift"))
    view = View(replace(FINDINGS, comparisons=pairs))
    assert (
        noise(view)
        .sentences[0]
        .endswith(" Warnings, of 1 comparison (meanings: on the page, Flags): noisy 1, drift 1.")
    )


def test_a_machine_that_is_mostly_noisy_is_said_once() -> None:
    pairs = each(FINDINGS.comparisons, flags=("noisy",))
    said = noise(View(replace(FINDINGS, comparisons=pairs))).sentences
    assert sum("This machine was noisy" in one for one in said) == 1
    calm = noise(View(replace(FINDINGS, comparisons=each(pairs, flags=())))).sentences
    assert not any("noisy" in one for one in calm)


def test_a_machine_that_is_fast_and_slow_by_turns_is_said_with_what_the_counters_know() -> None:
    def said(**changed: float | None) -> list[str]:
        sentences = noise(with_noise(**changed)).sentences
        return [one for one in sentences if "fast and slow" in one]

    (unseen,) = said(pace=0.61, contaminated=0.0)
    assert "at 61 % of a fast round's rates. No counter says why" in unseen
    assert "slow rounds at 61 %" in decided.lines(with_noise(pace=0.61).findings)[-1]
    (seen,) = said(pace=0.61, contaminated=0.4)
    assert "No counter" not in seen
    assert not said(pace=0.8)
    assert not said(pace=None)
    assert not any("slow" in one for one in decided.lines(with_noise(pace=None).findings))


def with_noise(**changed: Any) -> View:
    return View(replace(FINDINGS, noise=each(FINDINGS.noise[:1], **changed)))


def test_the_machine_section_says_which_signs_nobody_looked_for() -> None:
    tables = {
        one.id: one for one in machine(with_noise(without_data=("steal", "pressure"))).details
    }
    assert [one.text for one in tables["unknown"].rows[0]] == ["vm-1", "1", "steal, pressure"]
    assert "unknown" not in [one.id for one in machine(with_noise(without_data=())).details]


def test_the_machine_section_names_the_environment_of_every_run_that_tells_of_it() -> None:
    facts = {"machine": "vm-1", "machine_facts": {"kernel": {"release": "6.1"}}}
    runs = [{**facts, "run": "r1"}, {**facts, "run": "r2", "environment_hash": "0123456789ab"}, {}]
    (table, *_) = machine(View(replace(FINDINGS, runs=runs))).details
    shown = [row[2].text for row in table.rows]
    assert shown == [environment_hash_of(runs[0]), "0123456789ab", "–"]
