"""What the counters say of the time in which a run measured, in sentences and in a table."""

from dataclasses import replace

import pytest
from section_tables import SMALL, column

from runner.report.sections import session_intervals
from runner.report.view import View
from runner.results import SessionInterval
from tests.rows import made


def stretched(sessions: str, *flags: str) -> View:
    row = made(SessionInterval, run="r1", sessions=sessions, minutes=2.0, flags=flags)
    return View(replace(SMALL.findings(), intervals=[row]))


@pytest.mark.parametrize(
    ("sessions", "begins"),
    [
        ("1, 2", "While run r1 measured its sessions 1, 2: the hypervisor kept"),
        ("3", "While run r1 measured its session 3: the hypervisor kept"),
        ("", "While run r1 measured: the hypervisor kept"),
    ],
)
def test_a_sentence_names_the_sessions_that_are_known(sessions: str, begins: str) -> None:
    (sentence,) = session_intervals.said(stretched(sessions, "stolen", "swapped"))
    assert sentence.startswith(begins)
    assert sentence.endswith("; memory was swapped.")


def test_the_table_shows_a_dash_where_no_session_is_known() -> None:
    (table,) = session_intervals.tables(stretched(""))
    assert column(table, 1) == ["–"]
    (table,) = session_intervals.tables(stretched("1, 2"))
    assert column(table, 1) == ["1, 2"]


def test_a_stretch_without_a_flag_has_no_sentence() -> None:
    assert not list(session_intervals.said(stretched("1")))
