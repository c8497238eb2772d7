"""What surrounds a measurement: a clock, a place for its rows, who listens, and wishes to stop."""

import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import NamedTuple, Protocol

from runner.model import Block, Cell, Conditions, Row
from runner.process import AWAKE, boot_time

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Clock(Protocol):
    """Time as measuring sees it; a test gives its own."""

    def now(self) -> float:
        """Return seconds that never go back, and stop while we are stopped."""
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

    now = staticmethod(AWAKE.now)
    away = staticmethod(AWAKE.away)

    def __init__(self) -> None:
        self._boot_time = boot_time()
        self._began = datetime.now(UTC)

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
    """How far a session is after a round of `block`.

    `begun` is the share of the rounds that its blocks need until they have intervals. Of
    the session's `comparisons`, `known` have an interval so far, in `decided` it excludes 1, and
    `precise` have left their blocks. `half_width` is the widest half-width of those intervals
    (95 %) as a fraction (0.05 = 5 %), infinite while there are none; `remaining` is the estimate of
    the seconds that the whole of `measure` still takes.
    """

    session: int
    block: Block
    begun: float
    half_width: float
    comparisons: int
    known: int
    decided: int
    precise: int
    remaining: float


class Listener:
    """Gets events, only between rounds: never while a trial runs. This one ignores them."""

    def calibrating(self, cell: Cell, number: int, of: int) -> None:
        """Cell `number` of `of` is calibrated next."""

    def estimated(self, seconds: float, unbounded: float) -> None:
        """The expected time from now to the end; called again when more is known.

        `unbounded` is the time without a budget.
        """

    def round_done(self, progress: Progress) -> None:
        """A round is in the journal."""

    def gave_up(self, cell: Cell, reason: str) -> None:
        """A cell failed too often; later rounds leave it out."""

    def waiting(self, reason: str, seconds: float) -> None:
        """Nothing is measured for up to so long: load of others, or the pause between sessions."""


class Watch:
    """Looks at the machine around sessions and rounds, never while a trial runs.

    This one sees nothing: all is unknown.
    """

    def session_begins(self, session: int, pause: Callable[[float], None]) -> None:
        """Look at the idle machine, before the session's first trial; `pause` waits."""

    def session_ends(self, session: int) -> None:
        """Look again, however the session ended."""

    def round_begins(self) -> None:
        """Look; the trials begin right after."""

    def round_ends(self, cpu_seconds: float) -> Conditions:  # noqa: ARG002
        """Return what happened since then; the trials are known to have used `cpu_seconds`."""
        return Conditions()


@dataclass(frozen=True, slots=True)
class Environment:
    """All that `measure` touches besides its agents.

    `sink` keeps all rows of a round together; `meter` returns how many cores others used since
    its last call (None: unknown); `stopped` says whether to end before the next trial; `watch`
    reports the conditions of each round.
    """

    sink: Callable[[Sequence[Row]], None]
    clock: Clock = field(default_factory=SystemClock)
    listener: Listener = field(default_factory=Listener)
    meter: Callable[[], float | None] = lambda: None
    stopped: Callable[[], bool] = lambda: False
    watch: Watch = field(default_factory=Watch)

    def pause(self, seconds: float, until: float = math.inf) -> None:
        """Wait so long, but not past `until` and not after a stop."""
        end = min(self.clock.now() + seconds, until)
        while (left := end - self.clock.now()) > 0 and not self.stopped():
            self.clock.sleep(min(left, 0.5))


class Stop:
    """Returns, when called, whether a signal came; `signal` is the first one's number, or None."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def __call__(self) -> bool:
        """Return whether to stop."""
        return self.signal is not None

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Take in a signal; the second one no longer waits for anything."""
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Take Ctrl-C, SIGTERM and a closed terminal as a wish to end after the trials under way.

    The caller decides what exit code they become. Under `nohup`, which lets a closed terminal be
    ignored, it stays so.
    """
    stop = Stop()
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    heard = [one for one in SIGNALS if not (ignored and one is signal.SIGHUP)]
    before = {number: signal.signal(number, stop.note) for number in heard}
    before[signal.SIGCONT] = signal.signal(signal.SIGCONT, AWAKE.continued)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
