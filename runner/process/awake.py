"""A clock that stands still while we do: after Ctrl-Z, in a frozen container, in a paused machine.

Nobody tells a process since when it was stopped. So every wait of ours is cut into slices, and one
that lasts far longer than was asked for tells of it; SIGCONT tells of a stop between two waits. A
machine that sleeps stops the monotonic clock by itself; there the boot-time clock tells.
"""

import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

SLICE = 1.0
"""Seconds of a wait at most. Trials answer sooner, so that nothing of ours wakes beside them."""
LATE = 2.0
"""Seconds by which a wait may be late before it counts as a stop: a busy machine is not one."""

BLOCKED = 30.0
"""Seconds for which something else than a wait may take us: an engine that starts a container."""
READINGS = 3
"""How often two clocks are read, for one reading that nothing came between."""

Value = TypeVar("Value")


def boot_time() -> float:
    """Return seconds that go by in a machine's sleep too, whatever is done to its wall clock."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class AwakeClock:
    """Counts the seconds in which this process could run; one for the whole process."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, boot: Callable[[], float] = boot_time
    ) -> None:
        self._monotonic = monotonic
        self._boot_time = boot
        self._stopped = 0.0
        self._seen = monotonic()
        self._continued = False
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return seconds that go by only while we can run."""
        return self._look(BLOCKED) - self._stopped

    def wait(self, action: Callable[[float], Value], seconds: float) -> Value:
        """Return what `action` gives for the seconds that it may wait: one slice at most."""
        asked = max(0.0, min(seconds, SLICE))
        self._look(BLOCKED)
        try:
            return action(asked)
        finally:
            self._look(asked)

    def away(self) -> float:
        """Return the seconds so far in which we, or the whole machine, were stopped.

        Where the system has no boot-time clock, a machine's sleep is not told.
        """
        self._look(BLOCKED)
        clocks = (self._monotonic, self._boot_time, self._monotonic)
        readings = [[clock() for clock in clocks] for _ in range(READINGS)]
        # Where others ran between two of them, that was no stop.
        before, booted, _ = min(readings, key=lambda reading: reading[2] - reading[0])
        return self._stopped + booted - before

    def continued(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Take in SIGCONT: since it was last looked, we may have been stopped."""
        self._continued = True

    def _look(self, usual: float) -> float:
        """Count what has gone by since the last look, beyond `usual` seconds; return the time.

        Two threads may have waited through the same stop: it counts once.
        """
        with self._lock:
            now = self._monotonic()
            if now - self._seen > LATE + (0.0 if self._continued else usual):
                self._stopped += now - self._seen - min(usual, SLICE)
            self._seen, self._continued = now, False
            return now


AWAKE = AwakeClock()
