"""Sentences on one comparison: sessions, and ratios that are the same and yet not 1."""

from dataclasses import replace
from typing import Any

import pytest
from findings_factory import CONTEXTS, Factory

from runner.model.environment_hash import environment_hash_of
from runner.report import phrases
from runner.report.document import Table
from runner.report.sections.machine import machine
from runner.report.sections.noise import noise
from runner.report.view import View
from runner.results import Comparison, SessionInterval
from tests.rows import each, made

FINDINGS = Factory(("3.11",), ("pipe", "queue"), CONTEXTS[:1], sessions=3).findings()
VIEW = View(FINDINGS)


def a_pair(**changed: Any) -> Comparison:
    (pair,) = [one for one in View(FINDINGS).pairs if one.clock == "end_to_end"][:1]
    return replace(pair, **changed)


def table(name: str, **frames: Any) -> Table:
    shown = noise(View(replace(FINDINGS, **frames)))
    (one,) = [one for one in shown.tables if one.id == name]
    return one


def test_the_scatter_between_sessions_is_reported_where_there_are_several() -> None:
    assert "; between-session sd 1.9 %;" in phrases.compare(VIEW, a_pair(tau=0.0188), "3.11")
    alone = a_pair(sessions=1, tau=None, next_low=None, next_high=None)
    assert "between-session" not in phrases.compare(VIEW, alone, "3.11")


def test_sessions_without_visible_scatter_are_not_reported_to_agree() -> None:
    said = phrases.compare(VIEW, a_pair(tau=0.0), "3.11")
    assert "; 3 sessions, " in said
    assert "; no difference between the sessions beyond their noise" in said
    assert "between-session sd" not in said


@pytest.mark.parametrize(
    ("sessions", "tau", "needed", "told"),
    [
        (1, None, 80, "about 80 rounds would decide"),
        (1, None, None, "more rounds would decide"),
        (3, 0.01, None, "more sessions would decide"),
        (3, None, 80, "about 80 rounds would decide"),
    ],
)
def test_what_would_decide_is_more_rounds_or_of_pooled_sessions_more_sessions(
    sessions: int, tau: float | None, needed: float | None, told: str
) -> None:
    pair = a_pair(verdict="open", sessions=sessions, tau=tau, rounds_needed=needed)
    assert f"; {told}" in phrases.compare(VIEW, pair, "3.11")
    assert "would decide" not in phrases.compare(VIEW, replace(pair, verdict="faster"), "3.11")


@pytest.mark.parametrize(
    ("ratio", "low", "high", "q", "told"),
    [
        (1.012, 1.006, 1.018, 0.01, "equally fast within the margin, but differ by 1.2 %: "),
        (0.98, 0.975, 0.99, 0.01, "equally fast within the margin, but differ by 2.0 %: "),
        (1.012, 1.006, 1.018, 0.06, "equally fast: "),
        (1.012, 0.999, 1.018, 0.01, "equally fast: "),
    ],
)
def test_what_is_the_same_but_not_1_differs_by_so_much(
    ratio: float, low: float, high: float, q: float, told: str
) -> None:
    pair = a_pair(verdict="equal", ratio=ratio, low=low, high=high, q=q)
    assert f"are {told}" in phrases.compare(VIEW, pair, "3.11")


def test_load_dependent_ratios_are_shown_by_tercile() -> None:
    pairs = [one for one in FINDINGS.comparisons if one.of_report and one.to_baseline]
    loaded = each(pairs, load_calm=1.27, load_between=1.33, load_busy=1.42)
    lines = table("load-terciles", comparisons=loaded).rows
    assert [entry.text for entry in lines[0]][3:] == ["1.27", "1.33", "1.42"]
    assert len(lines) == len(pairs)


def test_a_turned_pair_turns_its_terciles() -> None:
    turned = a_pair(load_calm=0.5, load_between=None, load_busy=0.8).flipped()
    assert (turned.load_calm, turned.load_between, turned.load_busy) == (2.0, None, 1.25)


def test_a_stretch_with_stolen_time_is_reported() -> None:
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
    tables = machine(View(replace(FINDINGS, intervals=[row]))).tables
    (found,) = (one for one in tables if one.id == "session-intervals")
    shown = [entry.text for entry in found.rows[0]]
    assert shown == [
        *("r1", "1, 2", "5.2", "0.50 → 1.75", "61 %", "–", "100 → 104", "–"),
        *("3.1 %", "–", "0", "0", "0", "stolen"),
    ]


def test_notes_on_the_runs_stand_before_the_noise() -> None:
    said = noise(View(replace(FINDINGS, notes=("The runs differ.",)))).sentences
    assert said[0] == "The runs differ."


def with_noise(**changed: Any) -> View:
    return View(replace(FINDINGS, noise=each(FINDINGS.noise[:1], **changed)))


@pytest.mark.parametrize(("share", "red"), [(0.30, False), (0.31, True)])
def test_more_than_thirty_percent_of_contaminated_rounds_are_shown_in_red(
    share: float, red: bool
) -> None:
    shown = noise(with_noise(contaminated=share, contaminated_by="steal=0.31;heat=0.002"))
    (said,) = (one for one in shown.sentences if one.startswith("Session 1 "))
    assert "40 rounds contaminated (steal 31 %, heat <1 %)." in said
    assert said.endswith("measure on a quieter machine.") is red
    (line,) = shown.tables[0].rows
    assert [entry.tone for entry in line if entry.tone] == ["invalid"] * red


def test_the_machine_section_says_which_signs_nobody_looked_for() -> None:
    said = machine(with_noise(untold=("steal", "pressure"))).sentences
    assert (
        "Nothing is known of steal, pressure in the rounds of session 1 on vm-1: a round that "
        "shows no other sign counts as undisturbed."
    ) in said
    assert not any("Nothing is known" in one for one in machine(with_noise(untold=())).sentences)


def test_the_machine_section_names_the_environment_of_every_run_that_says_of_it() -> None:
    facts = {"machine": "vm-1", "machine_facts": {"kernel": {"release": "6.1"}}}
    runs = [{**facts, "run": "r1"}, {**facts, "run": "r2", "environment_hash": "0123456789ab"}, {}]
    (table, *_) = machine(View(replace(FINDINGS, runs=runs))).tables
    shown = [row[2].text for row in table.rows]
    assert shown == [environment_hash_of(runs[0]), "0123456789ab", "–"]
