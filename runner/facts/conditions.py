"""What the machine does around a round: read right before its first trial and after its last."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from runner.facts.groups import OURSELVES, held_back
from runner.facts.meter import SHORTEST, CpuMeter, Reading, foreign
from runner.facts.moment import counter, slowed_for_heat, waited
from runner.facts.reading import SYSTEM, Tree
from runner.model import Conditions

REST = 1.0
"""Seconds of doing nothing before a sitting, in which the idle pressure is taken."""


class _Counts(NamedTuple):
    """The counters beside CPU ticks, since the machine's start."""

    held_back: Mapping[str, int]
    slowed: int | None
    swapped_in: int | None


class _Pause(NamedTuple):
    """A time in which no trial of ours ran, and how much of it some task waited for a core."""

    seconds: float
    waited: float


class RoundMeter:
    """Tells what the machine did over a round, and how tasks waited for cores before it.

    Pressure (PSI) during a round includes the waiting of our own processes, so it is taken in the
    pauses between rounds: over the last ones that make up a tenth of a second together.
    """

    def __init__(
        self,
        cpu: CpuMeter,
        roots: Callable[[], Iterable[int] | None] = lambda: (),
        tree: Tree = SYSTEM,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cpu = cpu
        self._roots = roots
        self._tree = tree
        self._clock = clock
        self._pauses: deque[_Pause] = deque()
        self._idle: float | None = None
        self._free_since: tuple[float, int] | None = None
        self._begun: tuple[Reading | None, _Counts] | None = None
        self._pressure: float | None = None

    def rest(self, pause: Callable[[float], None]) -> None:
        """Take the idle pressure of a sitting, while `pause` lets nothing of ours run."""
        self._pauses.clear()
        self._free_since = self._waited()
        pause(REST)
        self._note_pause()
        self._idle = self._in_pauses()
        self._free_since = self._waited()

    def look(self) -> None:
        """Divide a pause between rounds, so that what it ends with counts by itself."""
        if self._free_since is not None:
            self._note_pause()
            self._free_since = self._waited()

    def round_begins(self) -> None:
        """Take the counters; the round begins right after."""
        self._note_pause()
        self._pressure = self._in_pauses()
        self._begun = self._cpu.read(), self._counts()

    def round_ends(self, cpu_seconds: float) -> Conditions:
        """Return what happened since `round_begins`; the trials told of `cpu_seconds` of theirs."""
        now = self._cpu.read()
        then, before = self._begun or (None, self._counts())
        if now is None:  # not this machine, or one that tells nothing
            return Conditions()
        after = self._counts()
        self._begun, self._free_since = None, self._waited()
        if then is not None and now.at - then.at < SHORTEST:
            then = None
        return Conditions(
            None if then is None else foreign(then, now, cpu_seconds),
            None if then is None else _stolen(then, now),
            self._pressure,
            self._idle,
            _more_held_back(before.held_back, after.held_back),
            _grown(before.slowed, after.slowed),
            _grown(before.swapped_in, after.swapped_in),
        )

    def _counts(self) -> _Counts:
        groups = held_back(self._tree, (OURSELVES, *(self._roots() or ())))
        return _Counts(groups, slowed_for_heat(self._tree), counter(self._tree, "pswpin"))

    def _waited(self) -> tuple[float, int] | None:
        total = waited(self._tree)
        return None if total is None else (self._clock(), total)

    def _note_pause(self) -> None:
        """Take in the time since the last trial; of two calls in a row the second does nothing."""
        since, now = self._free_since, self._waited()
        self._free_since = None
        if since is None or now is None:
            return
        self._pauses.append(_Pause(now[0] - since[0], (now[1] - since[1]) / 1e6))
        while sum(one.seconds for one in self._pauses) - self._pauses[0].seconds >= SHORTEST:
            self._pauses.popleft()

    def _in_pauses(self) -> float | None:
        seconds = sum(one.seconds for one in self._pauses)
        if seconds < SHORTEST:
            return None
        return min(1.0, max(0.0, sum(one.waited for one in self._pauses) / seconds))


def _stolen(then: Reading, now: Reading) -> float | None:
    whole = now.whole - then.whole
    if then.steal is None or now.steal is None or whole <= 0:
        return None
    return max(0, now.steal - then.steal) / whole


def _more_held_back(before: Mapping[str, int], after: Mapping[str, int]) -> int | None:
    """Return by how much the groups' counts grew; a new group began with none."""
    if not after:
        return None
    return sum(max(0, count - before.get(group, 0)) for group, count in after.items())


def _grown(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else max(0, after - before)
