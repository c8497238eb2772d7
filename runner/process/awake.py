"""A clock that stands still while we do: after Ctrl-Z, in a frozen container, in a paused machine.

Nobody tells a process that it was stopped. So every wait of ours is cut into slices, and one that
lasts far longer than was asked for tells of it. A machine that sleeps stops the monotonic clock by
itself; there the boot-time clock tells.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

SLICE = 1.0
"""Seconds of a wait at most. Trials answer sooner, so that nothing of ours wakes beside them."""
LATE = 1.0
"""Seconds by which a wait may be late before it counts as a stop: a busy machine is not one."""

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
        self._counted = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return seconds that go by only while we can run."""
        return self._monotonic() - self._stopped

    def wait(self, action: Callable[[float], Value], seconds: float) -> Value:
        """Return what `action` gives for the seconds that it may wait: one slice at most."""
        asked = max(0.0, min(seconds, SLICE))
        begin = self._monotonic()
        try:
            return action(asked)
        finally:
            end = self._monotonic()
            if end - begin > asked + LATE:
                with self._lock:  # two threads may have waited through the same stop
                    since = max(begin + asked, self._counted)
                    self._stopped += max(0.0, end - since)
                    self._counted = end

    def away(self) -> float:
        """Return the seconds so far in which we, or the whole machine, were stopped.

        Where the system has no boot-time clock, a machine's sleep is not told.
        """
        return self._stopped + self._boot_time() - self._monotonic()


AWAKE = AwakeClock()
