"""How fast a cell is: trials of growing length until two in a row are long enough to tell."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from runner.measure.counts import LEAST, MOST, Speed, count_for, yardstick
from runner.model import Cell, Record, Status

LONG_ENOUGH = 50 / 80
"""A trial tells the rate when it lasts this part of the target: 50 of 80 ms (docs/method.md §3)."""

MOST_GROWTH = 16
"""Counts double; a trial far from long enough may grow by more, its rate says by how much."""

MOST_TRIALS = 25
"""More than the way from LEAST to MOST takes; a cell that still jumps about stays as it is."""


class Doubling:
    """Decides the message counts of a cell's calibration, trial by trial."""

    def __init__(self, start: int, target: float) -> None:
        self.count = min(MOST, max(LEAST, start))
        self._target = target
        self._threshold = LONG_ENOUGH * target
        self._long_in_a_row = 0
        self._trials = 0

    @property
    def done(self) -> bool:
        """Return whether two trials in a row were long enough, or there were MOST_TRIALS."""
        return self._long_in_a_row >= 2 or self._trials >= MOST_TRIALS

    def note(self, seconds: float) -> None:
        """Take in how long the trial of `count` messages lasted, and set the next count."""
        self._trials += 1
        if seconds >= self._threshold or self.count == MOST:
            self._long_in_a_row += 1
        else:
            self._long_in_a_row = 0
            growth = min(MOST_GROWTH, max(2.0, 1.2 * self._threshold / max(seconds, 1e-9)))
            self.count = min(MOST, math.ceil(self.count * growth))
        if seconds > 2 * self._target:
            # The guess was too high; the second trial need not be as long.
            self.count = count_for(self._target, self.count / seconds)

    def restart(self) -> None:
        """Begin from the least count: a guess that was far too high looks like a hang."""
        self.count = LEAST
        self._long_in_a_row = 0


class _Kind(NamedTuple):
    transport: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str


class Speeds:
    """What is known of each cell's speed, by yardstick; knows where to begin with the next."""

    def __init__(self) -> None:
        self.known: dict[Cell, Speed] = {}
        self._past: dict[Cell, float] = {}
        self._alike: dict[object, float] = {}

    def recall(self, cell: Cell, rate: float) -> None:
        """Remember the rate of an earlier sitting: a place to begin, not a result."""
        self._past[yardstick(cell)] = rate

    def new_sitting(self) -> None:
        """Keep what is known as places to begin; each sitting calibrates anew."""
        self._past.update({cell: speed.rate for cell, speed in self.known.items()})
        self.known.clear()

    def learn(self, cell: Cell, speed: Speed) -> None:
        """Take in the result of a cell's calibration."""
        self.known[yardstick(cell)] = speed
        for kind in _kinds(cell):
            self._alike[kind] = speed.rate

    def of(self, cell: Cell) -> Speed:
        """Return the speed of a calibrated cell."""
        return self.known[yardstick(cell)]

    def knows(self, cell: Cell) -> bool:
        """Return whether this sitting has calibrated `cell`, or one that differs in count alone."""
        return yardstick(cell) in self.known

    def start(self, cell: Cell, target: float) -> int:
        """Return the count to begin with.

        A little under the goal where the same cell, or its like under another interpreter, is
        known; a quarter of the count of what resembles it less; else the least.
        """
        close = LONG_ENOUGH * 1.2 * target
        if rate := self._past.get(yardstick(cell)):
            return count_for(close, rate)
        for kind in _kinds(cell):
            if rate := self._alike.get(kind):
                return count_for(close if isinstance(kind, _Kind) else target / 4, rate)
        return LEAST


def _kinds(cell: Cell) -> Iterator[object]:
    yield _Kind(*(getattr(cell, axis) for axis in _Kind._fields))
    yield (cell.transport, cell.payload, cell.topology)
    yield (cell.transport, cell.payload)
    # Payloads differ by four orders of magnitude; nothing is learned from another one.
    yield (cell.payload,)


def speed_of(record: Record) -> Speed | None:
    """Return what one trial tells of its cell, None where it was not ok."""
    if record.status is not Status.OK or not record.seconds or not record.messages:
        return None
    whole = record.wall_seconds or record.seconds
    return Speed(record.messages / record.seconds, max(0.0, whole - record.seconds))
