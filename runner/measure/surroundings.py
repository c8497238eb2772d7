"""What measuring needs from outside: a clock, a place for its rows, someone who listens."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from runner.model import Block, Cell, Conditions, Row
from runner.process import AWAKE, boot_time


class Clock(Protocol):
    """Time as measuring sees it; a test gives its own."""

    def now(self) -> float:
        """Return seconds that never go back, and stand still while we are stopped."""
        ...

    def away(self) -> float:
        """Return the seconds so far in which this process or the machine was stopped."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def utc(self) -> str:
        """Return the time of day as RFC 3339 in UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def __init__(self) -> None:
        self._boot_time = boot_time()
        self._began = datetime.now(UTC)

    def now(self) -> float:
        """Return the seconds in which this process could run."""
        return AWAKE.now()

    def away(self) -> float:
        """Return the seconds in which it could not."""
        return AWAKE.away()

    def sleep(self, seconds: float) -> None:
        """Wait, a second at most."""
        AWAKE.wait(time.sleep, seconds)

    def utc(self) -> str:
        """Return the time of day to the millisecond.

        Counted from when this clock was made: whoever sets the wall clock changes no order.
        """
        now = self._began + timedelta(seconds=boot_time() - self._boot_time)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Progress(NamedTuple):
    """Where a sitting stands after a round.

    `half_width` is the widest 95 % half-width of the block's ratios as a fraction (0.05 = 5 %) at
    the last look, infinite before it; `remaining` is the estimate of the seconds that the whole
    of `measure` still takes.
    """

    sitting: int
    block: Block
    rounds: int
    half_width: float
    blocks_done: int
    blocks: int
    remaining: float


class Listener(Protocol):
    """Hears what happens, between rounds only: never while a trial runs."""

    def calibrating(self, cell: Cell, number: int, of: int) -> None:
        """Cell `number` of `of` is calibrated next."""
        ...

    def estimated(self, seconds: float, unbounded: float) -> None:
        """The whole is expected to take so long from now; told again when more is known.

        `unbounded` is what it would take without a budget.
        """
        ...

    def round_done(self, progress: Progress) -> None:
        """A round is in the journal."""
        ...

    def gave_up(self, cell: Cell, reason: str) -> None:
        """A cell failed too often; later rounds go on without it."""
        ...

    def waiting(self, reason: str, seconds: float) -> None:
        """Nothing is measured for up to so long: foreign load, or the pause between sittings."""
        ...


class Silent:
    """A listener that keeps to itself."""

    def calibrating(self, cell: Cell, number: int, of: int) -> None:
        """Say nothing."""

    def estimated(self, seconds: float, unbounded: float) -> None:
        """Say nothing."""

    def round_done(self, progress: Progress) -> None:
        """Say nothing."""

    def gave_up(self, cell: Cell, reason: str) -> None:
        """Say nothing."""

    def waiting(self, reason: str, seconds: float) -> None:
        """Say nothing."""


class Watch(Protocol):
    """Looks at the machine before and after sittings and rounds, never while a trial runs."""

    def sitting_begins(self, sitting: int, pause: Callable[[float], None]) -> None:
        """Look at the idle machine, before the sitting's first trial; `pause` waits."""
        ...

    def sitting_ends(self, sitting: int) -> None:
        """Look again, however the sitting ended."""
        ...

    def round_begins(self) -> None:
        """Look; the trials begin right after."""
        ...

    def round_ends(self, cpu_seconds: float) -> Conditions:
        """Return what happened since then; the trials are known to have used `cpu_seconds`."""
        ...


class Unwatched:
    """A watch that sees nothing: all is unknown."""

    def sitting_begins(self, sitting: int, pause: Callable[[float], None]) -> None:
        """Do not wait."""

    def sitting_ends(self, sitting: int) -> None:
        """Look at nothing."""

    def round_begins(self) -> None:
        """Look at nothing."""

    def round_ends(self, cpu_seconds: float) -> Conditions:
        """Return that nothing is known."""
        del cpu_seconds
        return Conditions()


def _unmetered() -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that `measure` touches besides its agents.

    `sink` keeps the rows of a round, all at once; `meter` tells how many cores others used since
    it was last asked (None: unknown); `stopped` tells whether to end before the next trial;
    `watch` tells what happened around each round.
    """

    sink: Callable[[Sequence[Row]], None]
    clock: Clock = field(default_factory=SystemClock)
    listener: Listener = field(default_factory=Silent)
    meter: Callable[[], float | None] = _unmetered
    stopped: Callable[[], bool] = _never
    watch: Watch = field(default_factory=Unwatched)

    def pause(self, seconds: float, until: float = math.inf) -> None:
        """Wait so long, but not past `until` and not after a stop."""
        end = min(self.clock.now() + seconds, until)
        while (left := end - self.clock.now()) > 0 and not self.stopped():
            self.clock.sleep(min(left, 0.5))
