"""How much of the machine others use: busy ticks of all cores, minus those of our own processes."""

import os
import time
from collections.abc import Callable, Iterable

from runner.facts.moment import ticks, ticks_per_second
from runner.facts.reading import SYSTEM, Tree
from runner.process import descendants

BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
SHORTEST = 0.1
"""Seconds: below that, ticks of 10 ms say nothing."""


class CpuMeter:
    """Measures foreign CPU in cores, between one sample and the next.

    `roots` names the processes whose trees are ours: this process, and the main processes of
    containers where there are any. A process that ends in the meantime is counted as long as its
    parent, being ours, has reaped it.
    """

    def __init__(
        self,
        roots: Callable[[], Iterable[int]] = lambda: (os.getpid(),),
        tree: Tree = SYSTEM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = roots
        self._tree = tree
        self._clock = clock
        self._last = self._read()

    def sample(self) -> float | None:
        """Return the cores that others used since the last sample; None where not to be told.

        So it is where the system has no /proc/stat, and for less than a tenth of a second, which
        then counts to the next sample.
        """
        last, now = self._last, self._read()
        if last is None or now is None:
            self._last = now
            return None
        elapsed = now[0] - last[0]
        if elapsed < SHORTEST:
            return None
        self._last = now
        return max(0.0, (now[1] - last[1]) - (now[2] - last[2])) / elapsed / ticks_per_second()

    def over(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> float | None:
        """Return the cores that others use over the coming `seconds`, while we do nothing."""
        self._last = self._read()
        sleep(seconds)
        return self.sample()

    def _read(self) -> tuple[float, int, int] | None:
        """Return (time, busy ticks of the machine, our own ticks), or None."""
        counted = ticks(self._tree)
        if not counted:
            return None
        ours = sum(self._own(root) for root in self._roots())
        return self._clock(), sum(counted.get(kind, 0) for kind in BUSY), ours

    def _own(self, root: int) -> int:
        return sum(self._ticks_of(pid) for pid in {root, *descendants(root)})

    def _ticks_of(self, pid: int) -> int:
        """Return utime + stime + those of reaped children: fields 14 to 17 of proc(5)."""
        fields = self._tree.text(f"/proc/{pid}/stat").rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15])
