"""Which cells failed too often in a row to be tried again."""

from collections.abc import Mapping, Sequence

from runner.model import Cell, Record, Status

FAILURES, TIMEOUTS = 3, 2
_FINAL = (Status.UNSUPPORTED, Status.UNAVAILABLE)


class Failures:
    """Counts the trials of each cell that were not ok since the last that was."""

    def __init__(self, past: Mapping[Cell, Sequence[Status]]) -> None:
        self._streaks = {cell: list(statuses) for cell, statuses in past.items()}
        self.given_up = {
            cell: f"{_story(streak)} in an earlier sitting"
            for cell, streak in self._streaks.items()
            if _enough(streak)
        }

    def note(self, cell: Cell, record: Record) -> str:
        """Count a trial; return why its cell is given up, where this trial was one too many."""
        if record.status is Status.OK:
            self._streaks.pop(cell, None)
            return ""
        streak = self._streaks.setdefault(cell, [])
        streak.append(record.status)
        if cell in self.given_up or not _enough(streak):
            return ""
        first = record.detail.partition("\n")[0]
        reason = f"{_story(streak)}: {first}" if first else _story(streak)
        self.given_up[cell] = reason
        return reason


def _enough(streak: Sequence[Status]) -> bool:
    # Timeouts cost seconds each; what an interpreter does not support does not change.
    return (
        len(streak) >= FAILURES
        or streak.count(Status.TIMEOUT) >= TIMEOUTS
        or any(status in _FINAL for status in streak)
    )


def _story(streak: Sequence[Status]) -> str:
    last = streak[-1]
    if last in _FINAL:
        return last.value
    return f"{len(streak)} failures in a row, the last {last.value}"
