"""`ipcmatrix compare`: its three styles."""

import json
from dataclasses import replace

import pandas as pd
from findings_factory import HOSTILE

from runner.report.changes import Changes
from runner.report.comparison import comment, render

COLUMNS = (
    "machine", "family", "python", "transport", "payload", "topology", "workers", "start_method",
    "placement", "messages", "reference", "ratio", "low", "high", "p", "q", "verdict", "ratio_old",
    "ratio_new", "rate_old", "rate_new", "marks",
)  # fmt: skip
REST = ("int", "one_to_one", 1, "default", "free", "auto")


def cell(transport: str, ratio: float, verdict: str, marks: str = "") -> tuple[object, ...]:
    figures = (
        ratio,
        ratio * 0.97,
        ratio * 1.03,
        0.001,
        0.002,
        verdict,
        1.0,
        ratio,
        3e5,
        3e5 * ratio,
    )
    return ("vm-1", "transport", "3.9", transport, *REST, "queue", *figures, marks)


ROWS = (
    cell("simple_queue", 1.001, "same"),
    cell("pipe", 0.9, "slower", "mixed modes;interpreter: build"),
    cell("joinable_queue", 0.96, "inconclusive"),
    cell("manager_queue", float("nan"), "invalid", "method: harness"),
)
LEFT_OUT = pd.DataFrame(
    [("vm-1", "measured in the new run alone")] * 2, columns=["machine", "reason"]
)
CHANGES = Changes(
    old="run-1",
    new="run-2",
    cells=pd.DataFrame(ROWS, columns=list(COLUMNS)),
    groups=pd.DataFrame(
        [("transport", "pipe", 3, 0.9, 0.88, 0.93, 0.001, 0.001, "slower", "")],
        columns=["by", "value", "cells", "ratio", "low", "high", "p", "q", "verdict", "marks"],
    ),
    left_out=LEFT_OUT,
    margin=0.03,
    tau=0.019,
    notes=("kernel.release differs",),
)


def gated(failed: int, undecided: int) -> Changes:
    frame = CHANGES.cells
    return replace(
        CHANGES, gate="slower:5%", failed=frame.head(failed), undecided=frame.head(undecided)
    )


def test_markdown_begins_with_the_verdict_and_the_most_urgent_cells() -> None:
    text = render(gated(1, 0), "md")
    assert text.startswith(
        "## What changed from run-1 to run-2\n\n**The gate slower:5% fails: 1 cell"
    )
    assert "Compared: 1 same, 1 slower, 1 inconclusive, 1 invalid. Left out: 2 cells." in text
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
    lost = replace(gated(0, 0), left_out=LEFT_OUT.assign(lost=[True, False]))
    assert "called passed either: 1 cell without a ratio in the new." in render(lost, "md")
    assert json.loads(render(lost, "json"))["outcome"] == "undecided"
    assert json.loads(render(lost, "json"))["left_out"][0]["lost"] is True
    assert json.loads(render(replace(lost, gate=""), "json"))["outcome"] == "no gate"


def test_a_cell_whose_reference_was_lost_has_a_rate_and_is_said_to_lack_a_ratio() -> None:
    reason = "compared with a reference in the old run, and not with the same in the new"
    rows = pd.DataFrame([("vm-1", reason, True)] * 2, columns=["machine", "reason", "lost"])
    text = render(replace(gated(0, 0), left_out=rows), "md")
    assert "called passed either: 2 cells without a ratio in the new." in text


def test_too_few_rounds_and_not_paired_are_told_apart() -> None:
    frame = CHANGES.cells.assign(low=float("nan"), high=float("nan"), verdict="inconclusive")
    few = render(replace(CHANGES, cells=frame.head(1).assign(marks="too few rounds")), "md")
    assert "1.00 ?<br>[too few rounds]" in few
    mark = "not in the same rounds: only a family python decides"
    apart = render(replace(CHANGES, cells=frame.head(1).assign(marks=mark)), "md")
    assert "1.00 ?<br>not paired" in apart


def test_a_gate_passes_where_nothing_is_open() -> None:
    assert "The gate slower:5% passes" in render(gated(0, 0), "md")
    assert json.loads(render(gated(0, 0), "json"))["outcome"] == "passed"


def test_without_a_gate_there_is_no_verdict_on_one() -> None:
    assert "gate" not in render(CHANGES, "md")
    assert json.loads(render(CHANGES, "json"))["outcome"] == "no gate"


def test_json_is_versioned_and_whole() -> None:
    content = json.loads(render(gated(1, 1), "json"))
    assert content["version"] == 1
    assert content["verdicts"] == {"same": 1, "slower": 1, "inconclusive": 1, "invalid": 1}
    assert content["cells"][1]["ratio"] == 0.9
    assert content["cells"][3]["ratio"] is None
    assert content["groups"][0]["cells"] == 3
    assert len(content["left_out"]) == 2
    assert content["failed"][0]["transport"] == "simple_queue"


def test_an_axis_inside_one_run_is_named() -> None:
    inside = replace(CHANGES, axis="python", old="3.8", new="3.13")
    assert render(inside, "md").startswith("## What changed from python 3.8 to 3.13\n")


def test_github_shows_the_urgent_and_counts_the_rest() -> None:
    many = pd.DataFrame([cell(f"t{i}", 1.0, "same") for i in range(500)], columns=list(COLUMNS))
    text = render(replace(CHANGES, cells=many), "github", link="https://x.org/all")
    assert "440 cells more are in the whole comparison." in text
    assert "[The whole comparison](https://x.org/all)" in text
    assert len(text.encode()) < 1024 * 1000


def test_one_cell_more_is_no_plural() -> None:
    many = pd.DataFrame([cell(f"t{i}", 1.0, "same") for i in range(61)], columns=list(COLUMNS))
    text = render(replace(CHANGES, cells=many), "github")
    assert "\n1 cell more is in the whole comparison." in text


def test_the_comment_is_short() -> None:
    many = pd.DataFrame([cell(f"t{i}", 1.0, "same") for i in range(5000)], columns=list(COLUMNS))
    assert len(comment(replace(CHANGES, cells=many))) < 65_536


UNGROUPED = pd.DataFrame(
    [
        ("transport", "simple_queue", 2, 5, "other load, other mode"),
        ("transport", "queue", 1, 1, "too few rounds"),
    ],
    columns=["by", "value", "cells", "of", "reasons"],
)


def test_cells_that_no_group_holds_are_told_with_their_group() -> None:
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
    vanished = UNGROUPED.tail(1).assign(cells=3, of=3)
    text = render(replace(CHANGES, ungrouped=vanished), "md")
    assert "There is no group transport Queue, for all its 3 cells are left out: too few" in text


def test_hostile_names_do_no_harm() -> None:
    rows = [cell(name, 1.2, "faster", name) for name in HOSTILE]
    evil = replace(
        CHANGES,
        old=HOSTILE[0],
        notes=HOSTILE,
        ungrouped=UNGROUPED.assign(value=HOSTILE[:2], reasons=HOSTILE[1:3]),
        cells=pd.DataFrame(rows, columns=list(COLUMNS)),
    )
    text = render(evil, "github")
    assert "<script" not in text
    assert "\u202e" not in text
    assert "\n@" not in text
    json.loads(render(evil, "json"))
