"""How long a sitting may last, and why it ended."""

from enum import StrEnum
from typing import NamedTuple

from runner.measure.surroundings import Surroundings


class Ending(StrEnum):
    """Why measuring ended: all is done, the budget is used up, or a stop was asked for."""

    DONE = "done"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"


class Span(NamedTuple):
    """A sitting's number, when it must end, and how many more follow it."""

    sitting: int
    deadline: float
    later: int = 0

    def ending(self, around: Surroundings) -> Ending | None:
        """Return why no further trial may begin, or None."""
        if around.stopped():
            return Ending.INTERRUPTED
        return Ending.BUDGET if around.clock.now() >= self.deadline else None
