"""Gives up cells that failed too often in a row, and a run that lost too many trials."""

from collections.abc import Mapping, Sequence

from runner.errors import EnvironmentLacksError
from runner.model import Cell, Record, Status

FAILURES, TIMEOUTS = 3, 2
LOSSES = 10
"""Rounds in a row with a lost trial after which measuring ends."""
FINAL = (Status.UNSUPPORTED, Status.UNAVAILABLE)
"""What does not change by trying again."""


class Failures:
    """Counts the trials of each cell that were not ok since the last that was.

    A lost trial says nothing of its cell, and counts neither way.
    """

    def __init__(self, past: Mapping[Cell, Sequence[Status]]) -> None:
        self._streaks = {
            cell: [status for status in statuses if status is not Status.LOST]
            for cell, statuses in past.items()
        }
        self.given_up = {
            cell: f"{_story(streak)} in an earlier session"
            for cell, streak in self._streaks.items()
            if _enough(streak)
        }

    def note(self, cell: Cell, record: Record) -> str:
        """Count a trial; return why its cell is given up, if this trial was one too many."""
        if record.status is Status.OK:
            self._streaks.pop(cell, None)
        if record.status in (Status.OK, Status.LOST):
            return ""
        streak = self._streaks.setdefault(cell, [])
        streak.append(record.status)
        if cell in self.given_up or not _enough(streak):
            return ""
        why = gist(record.detail)
        reason = f"{_story(streak)}: {why}" if why else _story(streak)
        self.given_up[cell] = reason
        return reason


class Losses:
    """Counts consecutive rounds with a lost trial; such a round is run again."""

    def __init__(self) -> None:
        self.in_a_row = 0
        self._detail = ""

    @property
    def too_many(self) -> bool:
        """Return whether to stop."""
        return self.in_a_row >= LOSSES

    def note(self, records: Sequence[Record]) -> None:
        """Count a round."""
        lost = [record.detail for record in records if record.status is Status.LOST]
        self.in_a_row = self.in_a_row + 1 if lost else 0
        self._detail = gist(lost[-1]) if lost else ""

    def check(self) -> None:
        """Raise EnvironmentLacksError where too many rounds in a row were lost."""
        if self.too_many:
            message = (
                f"trials were lost in {self.in_a_row} rounds in a row, the last: "
                f"{self._detail or 'no reason was given'}. What was measured is in the journal: "
                "find out what ends or stops them, and continue with --resume"
            )
            raise EnvironmentLacksError(message)


def gist(detail: str) -> str:
    """Return the line of a detail that says most: the error of a traceback, else the first."""
    before, traceback, last = detail.rpartition("Traceback (most recent call last):\n")
    if traceback and not before.partition("Traceback (")[0].strip():
        return next((line for line in last.splitlines() if line[:1].strip()), "")
    return detail.partition("\n")[0]


def _enough(streak: Sequence[Status]) -> bool:
    # Timeouts cost seconds each; what an interpreter does not support does not change.
    return (
        len(streak) >= FAILURES
        or streak.count(Status.TIMEOUT) >= TIMEOUTS
        or any(status in FINAL for status in streak)
    )


def _story(streak: Sequence[Status]) -> str:
    last = streak[-1]
    if last in FINAL:
        return last.value
    return f"{len(streak)} failures in a row, the last {last.value}"
