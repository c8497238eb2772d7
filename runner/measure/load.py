"""How many cores other people's processes use, as Linux accounts for it."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

WINDOW = 0.5
"""Seconds below which ticks of 10 ms say too little; the reading before is given again."""

_BUSY = (0, 1, 2, 5, 6)  # user, nice, system, irq, softirq: not idle, iowait or stolen
_OWN = slice(11, 15)  # utime, stime, cutime, cstime, counted after the command's name


class _Ticks(NamedTuple):
    at: float
    busy: int
    own: int


class ForeignCpu:
    """A meter: each call returns the cores that others kept busy since the call before.

    All CPU time of the machine, less that of this process, its descendants and the trees below
    `roots` (containers). None at the first call and where there is no such /proc.
    """

    def __init__(
        self,
        roots: Sequence[int] = (),
        proc: Path = Path("/proc"),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = (os.getpid(), *roots)
        self._proc = proc
        self._now = now
        self._tick = os.sysconf("SC_CLK_TCK")
        # Without the kernel's list of children our own CPU would pass for that of others.
        own = proc / str(os.getpid()) / "task" / str(os.getpid()) / "children"
        self._able = own.exists()
        self._before: _Ticks | None = None
        self._last: float | None = None

    def __call__(self) -> float | None:
        """Return the cores, or None where they cannot be told."""
        now = self._now()
        if not self._able:
            return None
        if self._before and now - self._before.at < WINDOW:
            return self._last
        try:
            ticks = _Ticks(now, self._busy(), self._own())
        except (OSError, ValueError, IndexError):
            return None
        if self._before:
            self._last = self._foreign(self._before, ticks)
        self._before = ticks
        return self._last

    def _foreign(self, before: _Ticks, after: _Ticks) -> float:
        # A child that died unwaited takes its time out of the sum; that must not look like load
        # of others below nothing, nor can others use less than no CPU.
        own = max(0, after.own - before.own)
        return max(0, after.busy - before.busy - own) / self._tick / (after.at - before.at)

    def _busy(self) -> int:
        with (self._proc / "stat").open() as file:
            ticks = file.readline().split()[1:]
        return sum(int(ticks[place]) for place in _BUSY)

    def _own(self) -> int:
        return sum(self._of(pid) for root in self._roots for pid in self._tree(root))

    def _of(self, pid: int) -> int:
        try:
            stat = (self._proc / str(pid) / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            if pid == os.getpid():
                raise
            return 0
        return sum(map(int, stat.rpartition(")")[2].split()[_OWN]))

    def _tree(self, root: int) -> Iterator[int]:
        waiting = [root]
        while waiting:
            pid = waiting.pop()
            yield pid
            for task in (self._proc / str(pid) / "task").glob("*/children"):
                try:
                    waiting.extend(map(int, task.read_text().split()))
                except (FileNotFoundError, ProcessLookupError):
                    continue
