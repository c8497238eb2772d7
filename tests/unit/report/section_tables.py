"""A small set of findings, and what the tables made of it hold."""

from functools import cache

from findings_factory import Factory

from runner.report.document import Entry, Table
from runner.report.view import View

SMALL = Factory(pythons=("2.7", "3.9", "3.10", "3.13"))


def column(table: Table, place: int) -> list[str]:
    return [row[place].text for row in table.rows]


def row_of(table: Table, *heads: str) -> list[Entry]:
    found = [row for row in table.rows if tuple(one.text for one in row[: len(heads)]) == heads]
    assert len(found) == 1
    return list(found[0])


def titles(table: Table) -> list[str]:
    return [one.title for one in table.columns]


@cache
def small_view() -> View:
    """Return the view of a small set of findings."""
    return View(SMALL.findings())
