"""How much of the machine others use: busy ticks of all cores, minus those of our own processes."""

import os
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from runner.facts.moment import ticks, ticks_per_second
from runner.facts.reading import SYSTEM, Tree
from runner.process import descendants

BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
SHORTEST = 0.1
"""Seconds: below that, ticks of 10 ms say nothing."""


class Reading(NamedTuple):
    """CPU ticks since the machine's start: busy, our own, stolen (None: not told), of all kinds."""

    at: float
    busy: int
    ours: int
    steal: int | None
    whole: int


def foreign(last: Reading, now: Reading, least_ours: float = 0.0) -> float:
    """Return the cores that others used between two readings, never less than 0.

    `least_ours` are CPU seconds known to be ours; where the trees of our processes tell more, that
    counts.
    """
    ours = max(now.ours - last.ours, least_ours * ticks_per_second())
    return max(0.0, now.busy - last.busy - ours) / (now.at - last.at) / ticks_per_second()


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
        tree: Tree = SYSTEM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = roots
        self._tree = tree
        self._clock = clock
        self._last = self.read()

    def sample(self) -> float | None:
        """Return the cores that others used since the last sample; None where not to be told.

        So it is where the system has no /proc/stat, and for less than a tenth of a second, which
        then counts to the next sample.
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
        counted, roots = ticks(self._tree), self._roots()
        if not counted or roots is None:
            return None
        roots = tuple(roots)
        ours = sum(self._ticks_of(pid) for pid in {*roots, *descendants(*roots)})
        busy = sum(counted.get(kind, 0) for kind in BUSY)
        return Reading(self._clock(), busy, ours, counted.get("steal"), sum(counted.values()))

    def _ticks_of(self, pid: int) -> int:
        """Return utime + stime + those of reaped children: fields 14 to 17 of proc(5)."""
        fields = self._tree.text(f"/proc/{pid}/stat").rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15])
