"""What the sections on grounds say: noise, failures, history, machine."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from findings_factory import CONTEXTS, RUN, Factory
from section_tables import row_of, small_view, titles

from runner.model import AXES
from runner.report import figures
from runner.report.sections.failures import failures
from runner.report.sections.history import history
from runner.report.sections.machine import command, machine
from runner.report.sections.noise import noise
from runner.report.view import View
from runner.results import HistoryPoint
from tests.rows import made

SEED_COUNTS = 3


@pytest.fixture(scope="module")
def view() -> View:
    return small_view()


def test_noise_says_the_controls_and_counts_the_flags(view: View) -> None:
    section = noise(view)
    assert "Here 5 of 96 differ" in section.sentences[0]
    table = next(one for one in section.details if one.id == "flags")
    assert row_of(table, "bimodal")[1].value == 4 * (len(CONTEXTS) - SEED_COUNTS) - 1


def test_failures_hold_their_tracebacks() -> None:
    section = failures(View(Factory(pythons=("3.6", "3.9")).findings()))
    assert section.sentences == ["3 trials of 1 combination failed."]
    assert section.excerpts[0].title == (
        "3.6, JoinableQueue, int, fan_out, 8 workers: failed, 3 trials"
    )
    assert section.tables[-1].rows[0][5].text.startswith("ValueError: pickle protocol 5")


def test_a_failure_says_the_reason_above_its_stacks_or_below_its_traceback() -> None:
    stacks = "no end within 5.0 s\nsupervisor:\nCurrent thread (most recent call first):\n  File x"
    error = "worker 1:\nTraceback (most recent call last):\n  File x\nValueError: no\n"
    found = Factory(pythons=("3.6", "3.9")).findings()
    (row, *_) = found.failures
    rows = [replace(row, detail=detail) for detail in (stacks, error, "", "signal 9\n\nstderr")]
    table = failures(View(replace(found, failures=rows))).tables[-1]
    shown = [one[5].text for one in table.rows]
    none = [replace(row, status="unsupported", detail="came with 3.14")]
    assert failures(View(replace(found, failures=none))).sentences == []
    assert shown == ["no end within 5.0 s", "ValueError: no", figures.NOTHING, "signal 9"]


def test_history_has_a_column_for_each_run_in_the_order_of_time() -> None:
    found = Factory(pythons=("3.9",), transports=("pipe", "queue"), contexts=CONTEXTS[:1])
    both = [
        made(
            HistoryPoint,
            **{name: getattr(cell, name) for name in ("machine", *AXES)},
            time=f"2026-0{month}-01T00:00:00Z",
            run=run,
            ratio=ratio if cell.transport == "pipe" else None,
            rate=rate,
        )
        for month, run, ratio, rate in ((2, "b", 1.25, 3e5), (1, "z", 1.2, 2e5))
        for cell in found.findings().cells
    ]
    table = history(View(replace(found.findings(), history=both))).details[0]
    assert titles(table) == ["transport", "Python", "z", "b"]
    assert [(one.text, one.note) for one in table.rows[0][2:]] == [
        ("1.20", "200 k/s"),
        ("1.25", "300 k/s"),
    ]


def test_the_command_is_the_one_that_measured() -> None:
    assert command(RUN) == "ipcmatrix run --matrix matrix.yaml --profile quick --seed 7"
    assert command({"command": ["ipcmatrix", "run", "--only", "python=3.9 x"]}) == (
        "ipcmatrix run --only 'python=3.9 x'"
    )
    told: Mapping[str, object] = {"matrix": {"source": "m.yaml", "profile": "full"}}
    assert command(told) == "ipcmatrix run --matrix m.yaml --profile full"


def test_the_machine_section_holds_matrix_facts_and_truncated_tails(view: View) -> None:
    truncated = replace(view.findings, truncated=("trials/vm-1.csv:12: half a line",))
    section = machine(View(truncated))
    assert "Incomplete: trials/vm-1.csv:12: half a line." in section.sentences
    assert [one.title for one in section.excerpts] == ["The matrix as used"]
    assert section.command.startswith("ipcmatrix run")
    facts = next(one for one in section.details if one.title == "Facts: machines")
    assert row_of(facts, "vm-1.cpu")[1].text == "Example CPU @ 3.0 GHz"


def test_each_container_has_a_row_with_its_digests(view: View) -> None:
    places = {
        f"3.{minor}": {
            "image": f"ipcmatrix/python:3.{minor}",
            "image_digest": f"sha256:{minor:064}",
            "image_base": "debian:12",
            "image_base_digest": f"sha256:{minor + 1:064}",
            "image_source": "host",
            **{f"fact_{i}": "x" for i in range(60)},
        }
        for minor in (13, 9, 10)
    }
    section = machine(View(replace(view.findings, run={**RUN, "places": places})))
    table = next(one for one in section.details if one.id == "containers")
    assert [row[0].text for row in table.rows] == ["3.9", "3.10", "3.13"]
    assert [one.text for one in table.rows[2]][2:] == [
        f"sha256:{13:064}", "debian:12", f"sha256:{14:064}", "host",
    ]  # fmt: skip
    assert "containers" not in [one.id for one in machine(view).details]
