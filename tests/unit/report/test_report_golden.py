"""report.md as it was when somebody last looked at it. UPDATE_GOLDEN=1 rewrites the files."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from findings_factory import CONTEXTS, Factory, hostile

from runner.report import markdown
from runner.report.publication import compose
from runner.report.view import View
from runner.results import Findings

GOLDEN = Path(__file__).parents[2] / "golden" / "report"
SHORT = (*CONTEXTS[:3], *CONTEXTS[6:9], CONTEXTS[10], *CONTEXTS[12:])


def one_session() -> Findings:
    pythons = ("2.7", "3.6", "3.9", "3.10")
    transports = ("pipe", "queue", "simple_queue", "joinable_queue", "manager_queue")
    return Factory(pythons=pythons, transports=transports, contexts=SHORT).findings()


def three_sessions() -> Findings:
    transports = ("pipe", "queue")
    return Factory(("3.11", "3.13"), transports, CONTEXTS[:2], sessions=3).findings()


def nothing() -> Findings:
    return Factory(pythons=(), failures=False).findings()


@pytest.mark.parametrize("make", [one_session, three_sessions, nothing, hostile])
def test_report_is_the_golden_one(make: Callable[[], Findings]) -> None:
    written = markdown.render(compose(View(make())))
    path = GOLDEN / f"{make.__name__}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8"), f"UPDATE_GOLDEN=1 writes {path.name} anew"
