"""`ipcmatrix compare`: its four styles."""

import json
from dataclasses import replace

import pytest
from findings_factory import HOSTILE

from runner.report.comparison import Style, comment, render
from runner.results import Change, Changes, GroupChange, LeftOut, Ungrouped
from tests.registry import CATALOGUE
from tests.rows import each, made


def cell(transport: str, ratio: float | None, verdict: str, *marks: str) -> Change:
    return made(
        Change,
        machine="vm-1",
        compared_axis="transport",
        python="3.9",
        transport=transport,
        **REST,
        baseline="queue",
        ratio=ratio,
        low=ratio and ratio * 0.97,
        high=ratio and ratio * 1.03,
        p=0.001,
        q=0.002,
        verdict=verdict,
        ratio_old=1.0,
        ratio_new=ratio,
        rate_old=3e5,
        rate_new=ratio and 3e5 * ratio,
        rounds_old=40,
        marks=marks,
    )


def left_out(reason: str, *lost: bool) -> list[LeftOut]:
    return [made(LeftOut, machine="vm-1", reason=reason, lost=one) for one in lost]


REST: dict[str, object] = {
    "payload": "int",
    "topology": "one_to_one",
    "workers": 1,
    "start_method": "default",
    "placement": "free",
    "messages": "auto",
}
ROWS = (
    cell("simple_queue", 1.001, "equal"),
    cell("pipe", 0.9, "slower", "mixed modes", "interpreter: build"),
    cell("joinable_queue", 0.96, "open"),
    cell("manager_queue", None, "invalid", "method: harness"),
)
NEW_ONLY = "measured in the new run only"
CHANGES = Changes(
    old="run-1",
    new="run-2",
    cells=ROWS,
    groups=[
        GroupChange(
            by="transport",
            value="pipe",
            cells=3,
            ratio=0.9,
            low=0.88,
            high=0.93,
            p=0.001,
            q=0.001,
            verdict="slower",
            marks=(),
        )
    ],
    left_out=left_out(NEW_ONLY, False, False),
    catalogue=CATALOGUE,
    margin=0.03,
    tau=0.019,
    notes=("kernel.release differs",),
)


def gated(failed: int, undecided: int) -> Changes:
    return replace(CHANGES, gate="slower:5%", failed=ROWS[:failed], undecided=ROWS[:undecided])


def test_markdown_begins_with_the_verdict_and_the_most_urgent_cells() -> None:
    text = render(gated(1, 0), "md")
    assert text.startswith(
        "## What changed from run-1 to run-2\n\n**The gate slower:5% fails: 1 cell"
    )
    assert "Compared: 1 equal, 1 slower, 1 open, 1 invalid. Left out: 2 cells." in text
    places = [
        text.index(f"| 3.9      | {name}") for name in ("Pipe", "Manager", "Joinable", "Simple")
    ]
    assert places == sorted(places)
    assert "0.90 ▼<br>[0.87–0.93]" in text
    assert "mixed modes, interpreter: build" in text
    assert "kernel.release differs" in text


def test_a_gate_that_cannot_decide_is_never_called_passed() -> None:
    assert "cannot be called passed either: 2 cells undecided" in render(gated(0, 2), "md")
    assert json.loads(render(gated(0, 2), "json"))["outcome"] == "undecided"


def test_cells_that_the_new_run_lost_leave_a_gate_undecided() -> None:
    lost = replace(gated(0, 0), left_out=left_out(NEW_ONLY, True, False))
    assert "called passed either: 1 cell without a ratio in the new." in render(lost, "md")
    assert json.loads(render(lost, "json"))["outcome"] == "undecided"
    assert json.loads(render(lost, "json"))["left_out"][0]["lost"] is True
    assert json.loads(render(replace(lost, gate=""), "json"))["outcome"] == "no gate"


def test_a_cell_whose_baseline_was_lost_has_a_rate_and_is_said_to_lack_a_ratio() -> None:
    reason = "compared with a baseline in the old run, and not with the same in the new"
    text = render(replace(gated(0, 0), left_out=left_out(reason, True, True)), "md")
    assert "called passed either: 2 cells without a ratio in the new." in text


def test_too_few_rounds_are_reported() -> None:
    one = replace(ROWS[0], low=None, high=None, verdict="open", marks=("too few rounds",))
    assert "1.00 ?<br>[too few rounds]" in render(replace(CHANGES, cells=[one]), "md")


@pytest.mark.parametrize("style", ["md", "text"])
def test_pairs_that_were_not_measured_side_by_side_are_one_note_and_no_rows(style: Style) -> None:
    mark = ("not in the same rounds: only blocks that compare python decide",)
    apart = [
        replace(one, low=None, high=None, verdict="open", marks=mark, ratio=2.0, rounds_old=0)
        for one in ROWS
    ]
    inside = replace(CHANGES, axis="python", old="3.8", new="3.13", cells=[*apart, ROWS[0]])
    said = " ".join(render(inside, style).split())
    assert (
        "4 pairs were not measured side by side, so there is no verdict: add python to "
        "compare.axes of the matrix"
    ) in said
    assert "Compared: 1 equal." in said
    assert "only blocks" not in said
    assert "2.00" not in said
    assert json.loads(render(inside, "json"))["verdicts"] == {"equal": 1, "open": 4}


def test_text_lists_what_changed_and_counts_the_rest() -> None:
    faster = cell("pipe_simplex", 1.4, "faster")
    said = render(replace(gated(1, 0), cells=[*ROWS, faster], failed=ROWS[1:2]), "text")
    assert said.splitlines() == [
        "What changed from run-1 to run-2",
        "",
        "The gate slower:5% fails: 1 cell beyond it.",
        "",
        "slower  0.90× [0.88–0.93]  transport Pipe (3 combinations pooled)",
        "slower  0.90× [0.87–0.93]  Pipe, 3.9, against Queue, mixed modes, interpreter:",
        "        build",
        "faster  1.40× [1.36–1.44]  Pipe(duplex=False), 3.9, against Queue",
        "",
        "Compared: 1 faster, 1 equal, 1 slower, 1 open, 1 invalid. Left out: 2 cells.",
        "- kernel.release differs",
        "- left out: 2 measured in the new run only",
        "",
        "Two runs never share a round: a cell's change is that of its ratio to the",
        "baseline named, with 1.9 % scatter between sessions in the interval; within ±3 %",
        "is the same. Rates depend on the machine's load and are not compared.",
    ]


def test_text_has_at_most_25_changes_the_largest_first() -> None:
    many = [cell(f"t{i}", 1.1 + i / 100, "faster") for i in range(30)]
    lines = render(replace(CHANGES, cells=many, groups=()), "text").splitlines()
    rows = [line for line in lines if line.startswith("faster")]
    assert len(rows) == 25
    assert rows[0] == "faster  1.39× [1.35–1.43]  t29, 3.9, against Queue"
    assert "… and 5 more changes, smaller than these: --format md has all" in lines
    assert max(map(len, lines)) <= 80


def test_a_change_that_machines_show_alike_is_one_row() -> None:
    here = [cell("pipe", 0.9, "slower"), cell("pipe", 0.88, "slower"), cell("pipe", 1.0, "equal")]
    machines = [replace(one, machine=f"vm-{place}") for place, one in enumerate(here)]
    said = render(replace(CHANGES, cells=machines, groups=()), "text")
    assert "slower  0.88–0.90×  Pipe, 3.9, against Queue, 2 of 3 machines\n" in said
    assert said.count("Pipe") == 1
    alone = render(replace(CHANGES, cells=machines[1:], groups=()), "text")
    assert "Pipe, 3.9, against Queue, machine vm-1\n" in alone


def test_text_without_a_change_says_so() -> None:
    said = render(replace(CHANGES, cells=ROWS[:1], groups=(), notes=()), "text")
    assert said.splitlines() == [
        "What changed from run-1 to run-2",
        "",
        "No change is certain.",
        "Compared: 1 equal. Left out: 2 cells.",
        "- left out: 2 measured in the new run only",
    ]


def test_a_gate_passes_where_nothing_is_open() -> None:
    assert "The gate slower:5% passes" in render(gated(0, 0), "md")
    assert json.loads(render(gated(0, 0), "json"))["outcome"] == "passed"


def test_without_a_gate_there_is_no_verdict_on_one() -> None:
    assert "gate" not in render(CHANGES, "md")
    assert json.loads(render(CHANGES, "json"))["outcome"] == "no gate"


def test_json_is_versioned_and_whole() -> None:
    content = json.loads(render(gated(1, 1), "json"))
    assert content["version"] == 1
    assert content["verdicts"] == {"equal": 1, "slower": 1, "open": 1, "invalid": 1}
    assert content["cells"][1]["ratio"] == 0.9
    assert content["cells"][3]["ratio"] is None
    assert content["groups"][0]["cells"] == 3
    assert len(content["left_out"]) == 2
    assert content["failed"][0]["transport"] == "simple_queue"


def test_an_axis_inside_one_run_is_named() -> None:
    inside = replace(CHANGES, axis="python", old="3.8", new="3.13")
    assert render(inside, "md").startswith("## What changed from python 3.8 to 3.13\n")


def test_github_shows_the_urgent_and_counts_the_rest() -> None:
    many = [cell(f"t{i}", 1.0, "equal") for i in range(500)]
    text = render(replace(CHANGES, cells=many), "github", link="https://x.org/all")
    assert "440 cells more are in the whole comparison." in text
    assert "[The whole comparison](https://x.org/all)" in text
    assert len(text.encode()) < 1024 * 1000


def test_one_cell_more_is_not_a_plural() -> None:
    many = [cell(f"t{i}", 1.0, "equal") for i in range(61)]
    text = render(replace(CHANGES, cells=many), "github")
    assert "\n1 cell more is in the whole comparison." in text


def test_the_comment_is_short() -> None:
    many = [cell(f"t{i}", 1.0, "equal") for i in range(5000)]
    assert len(comment(replace(CHANGES, cells=many))) < 65_536


UNGROUPED = [
    Ungrouped(
        by="transport", value="simple_queue", cells=2, of=5, reasons="other load, other mode"
    ),
    Ungrouped(by="transport", value="queue", cells=1, of=1, reasons="too few rounds"),
]


def test_cells_that_no_group_holds_are_reported_with_their_group() -> None:
    found = replace(CHANGES, ungrouped=UNGROUPED)
    text = render(found, "md")
    assert (
        "- The group transport SimpleQueue lacks 2 of 5 cells: other load, other mode.\n\n"
        "- There is no group transport Queue, for its 1 cell is left out: too few rounds.\n"
    ) in text
    assert json.loads(render(found, "json"))["ungrouped"][0] == {
        "by": "transport",
        "value": "simple_queue",
        "cells": 2,
        "of": 5,
        "reasons": "other load, other mode",
    }
    vanished = each(UNGROUPED[1:], cells=3, of=3)
    text = render(replace(CHANGES, ungrouped=vanished), "md")
    assert "There is no group transport Queue, for all its 3 cells are left out: too few" in text


def test_hostile_names_do_no_harm() -> None:
    rows = [cell(name, 1.2, "faster", name) for name in HOSTILE]
    evil = replace(
        CHANGES,
        old=HOSTILE[0],
        notes=HOSTILE,
        ungrouped=each(UNGROUPED, value=HOSTILE[0], reasons=HOSTILE[1]),
        cells=rows,
    )
    assert "\u202e" not in render(evil, "text")
    text = render(evil, "github")
    assert "<script" not in text
    assert "\u202e" not in text
    assert "\n@" not in text
    json.loads(render(evil, "json"))
