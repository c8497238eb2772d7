"""What the counters say of the time in which a run measured, in sentences and in a table."""

from dataclasses import replace

import pytest
from section_tables import SMALL, column

from runner.report.sections import stretches
from runner.report.view import View
from runner.results import SessionInterval
from tests.rows import made


def stretched(sittings: str, *flags: str) -> View:
    row = made(SessionInterval, run="r1", sittings=sittings, minutes=2.0, flags=flags)
    return View(replace(SMALL.findings(), intervals=[row]))


@pytest.mark.parametrize(
    ("sittings", "begins"),
    [
        ("1, 2", "While run r1 measured its sittings 1, 2: the hypervisor kept"),
        ("3", "While run r1 measured its sitting 3: the hypervisor kept"),
        ("", "While run r1 measured: the hypervisor kept"),
    ],
)
def test_a_sentence_names_the_sittings_that_are_known(sittings: str, begins: str) -> None:
    (sentence,) = stretches.said(stretched(sittings, "stolen", "swapped"))
    assert sentence.startswith(begins)
    assert sentence.endswith("; memory was swapped.")


def test_the_table_shows_a_dash_where_no_sitting_is_known() -> None:
    (table,) = stretches.tables(stretched(""))
    assert column(table, 1) == ["–"]
    (table,) = stretches.tables(stretched("1, 2"))
    assert column(table, 1) == ["1, 2"]


def test_a_stretch_without_a_flag_has_no_sentence() -> None:
    assert not list(stretches.said(stretched("1")))
