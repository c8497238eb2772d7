"""A clock that stops while we do: after Ctrl-Z, in a frozen container, in a paused machine.

A process does not learn since when it was stopped. So every wait is cut into slices; a slice that
lasts far longer than asked for shows a stop, and so does SIGCONT between two waits. A sleeping
machine stops the monotonic clock by itself; there the boot-time clock shows the sleep.

A deadline by this clock is never compared with `time.monotonic`, which runs ahead of it.
"""

import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

SLICE = 1.0
"""Maximum seconds of a wait. Trials answer sooner, so nothing of ours wakes while they run."""
LATE = 2.0
"""Seconds by which a wait may be late before it counts as a stop: a busy machine is not one."""

BLOCKED = 30.0
"""Seconds that anything but a wait may take: an engine that starts a container, say."""
READINGS = 3
"""How often two clocks are read, for one reading that nothing came between."""

Value = TypeVar("Value")


def boot_time() -> float:
    """Return seconds that also count a machine's sleep, and ignore changes of the wall clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


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
        """Return the seconds so far in which we, or the whole machine, were stopped."""
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
