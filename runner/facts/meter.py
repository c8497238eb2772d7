"""How much of the machine others use: busy ticks of all cores, minus those of our own processes."""

import os
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import psutil

from runner.process import cpu_seconds

BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
SHORTEST = 0.1
"""Seconds: below that, ticks of 10 ms say nothing."""


class Reading(NamedTuple):
    """CPU seconds since the machine's start: busy, our own, stolen (None: not told), of all kinds.

    A guest's time is part of `user` and `nice`, and not counted again.
    """

    at: float
    busy: float
    ours: float
    steal: float | None
    whole: float


def foreign(last: Reading, now: Reading, least_ours: float = 0.0) -> float:
    """Return the cores that others used between two readings, never less than 0.

    `least_ours` are CPU seconds known to be ours; where the trees of our processes tell more, that
    counts.
    """
    ours = max(now.ours - last.ours, least_ours)
    return max(0.0, now.busy - last.busy - ours) / (now.at - last.at)


class CpuMeter:
    """Measures foreign CPU in cores, between one sample and the next.

    `roots` names the processes whose trees are ours: this process, and the main processes of
    containers where there are any; None where they run on another machine, whose load is not to be
    told from here. A process that ends in the meantime is counted as long as its
    parent, being ours, has reaped it.
    """

    def __init__(
        self,
        roots: Callable[[], Iterable[int] | None] = lambda: (os.getpid(),),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = roots
        self._clock = clock
        self._last = self.read()

    def sample(self) -> float | None:
        """Return the cores that others used since the last sample; None where not to be told.

        So it is where the system does not tell its CPU times, and for less than a tenth of a
        second, which then counts to the next sample.
        """
        last, now = self._last, self.read()
        if last is None or now is None:
            self._last = now
            return None
        if now.at - last.at < SHORTEST:
            return None
        self._last = now
        return foreign(last, now)

    def over(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> float | None:
        """Return the cores that others use over the coming `seconds`, while we do nothing."""
        self._last = self.read()
        sleep(seconds)
        return self.sample()

    def read(self) -> Reading | None:
        """Return the counters as they are now; None where they are not to be told."""
        roots = self._roots()
        if roots is None:
            return None
        try:
            times = psutil.cpu_times()._asdict()
        except OSError:
            return None
        whole = sum(seconds for kind, seconds in times.items() if not kind.startswith("guest"))
        busy = sum(times.get(kind, 0.0) for kind in BUSY)
        return Reading(self._clock(), busy, cpu_seconds(*roots), times.get("steal"), whole)
