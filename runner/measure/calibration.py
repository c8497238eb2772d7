"""The number of messages of a trial: calibrated until two in a row are long enough."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from runner.model import AUTO, Cell, Measure, Record, Status, Trial

LEAST, MOST = 20, 2_000_000
"""Bounds of a calibrated count.

200 for the lower one would do for small messages; but 200 arrays of 3.84 MB last a second, and
rounds must be short (docs/method.md §1) more than counts must be large (§3, docs/adr/0009).
"""

DEFAULT_RATE = 250_000.0
"""Messages per second that a cell is taken for before it is calibrated."""


OVERHEAD = 0.015
"""Seconds of a trial beside the messages that it moves, until a trial measures them.

Published trials of ints lasted 18 ms longer than their timed phase (median of `nine-interpreters`),
3 of which went into warm-up and check.
"""


class Speed(NamedTuple):
    """A cell's calibration: messages per second, and the other seconds of a trial."""

    rate: float
    overhead: float


def yardstick(cell: Cell) -> Cell:
    """Return the cell whose speed is that of `cell`: how many messages are moved is left open."""
    return cell._replace(messages=AUTO)


def count_for(seconds: float, rate: float) -> int:
    """Return the messages that take `seconds`, within LEAST and MOST."""
    return min(MOST, max(LEAST, math.ceil(seconds * rate)))


def block_counts(
    cells: Iterable[Cell], speed: Callable[[Cell], Speed], settings: Measure
) -> dict[Cell, int]:
    """Return the messages of each cell of a block before jitter.

    A fixed number stays. A calibrated cell has a number of its own, so that all are timed about
    equally long: by the count of another, short trials are noisy and long ones take more than
    their share of a round. LEAST messages that would take more than `slowest` targets are too many.
    """
    counts = {}
    for cell in cells:
        rate = speed(cell).rate
        longest = max(1, math.floor(settings.slowest * settings.target * rate))
        own = min(count_for(settings.target, rate), longest)
        counts[cell] = own if cell.messages == AUTO else int(cell.messages)
    return counts


def warm_up_count(count: int) -> int:
    """Return the messages of a trial's warm-up: 500, but at most an eighth of those timed.

    Where n is small (large payloads, slow transports) 500 would take longer than what is measured;
    the feeder thread, the caches and the interpreter's specialised loop need no more.
    """
    return min(500, count // 8)


def verify_count(count: int) -> int:
    """Return the messages of the checked phase after the timed one: 1 %, 5 to 200."""
    return min(200, max(5, count // 100))


def trial(cell: Cell, count: int, rate: float, settings: Measure) -> Trial:
    """Return the request for one trial of `count` messages at an expected `rate`."""
    warm_up, verify = warm_up_count(count), verify_count(count)
    # Usually max(5 s, 20 targets); a fixed count may take longer than that when all is well.
    longest = max(5.0, 20 * settings.target, 10 * (count + warm_up + verify) / rate)
    return Trial(cell, count, warm_up, verify, settings.timeout or longest)


def trial_seconds(count: int, speed: Speed) -> float:
    """Return how long a trial of `count` messages is expected to take, start and end included."""
    moved = count + warm_up_count(count) + verify_count(count)
    return moved / speed.rate + speed.overhead


LONG_ENOUGH = 50 / 80
"""A trial shows the rate if it lasts this part of the target: 50 of 80 ms (docs/method.md §3)."""

MOST_GROWTH = 16
"""Counts double; a trial far from long enough may grow by more, its rate says by how much."""

MOST_TRIALS = 25
"""More steps than from LEAST to MOST; a cell that still jumps then keeps its number."""


class Doubling:
    """Decides the message counts of a cell's calibration, trial by trial.

    `enough` are the trials in a row that must be long enough.
    """

    def __init__(self, start: int, target: float, enough: int = 2) -> None:
        self._enough = enough
        self.count = min(MOST, max(LEAST, start))
        self._target = target
        self._threshold = LONG_ENOUGH * target
        self._long_in_a_row = 0
        self._trials = 0

    @property
    def done(self) -> bool:
        """Return whether so many trials in a row were long enough, or there were MOST_TRIALS."""
        return self._long_in_a_row >= self._enough or self._trials >= MOST_TRIALS

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


class Speeds:
    """The known speed of each cell, by yardstick, and the first guess for the next cell.

    `past` holds messages per second of earlier sessions and runs. Where warm-up rounds correct what
    is known (`corrected`), such a cell needs no calibration; else its rate is a first guess.
    """

    def __init__(
        self, past: Mapping[Cell, float] = MappingProxyType({}), corrected: bool = False
    ) -> None:
        self._corrected = corrected
        self._known: dict[Cell, Speed] = {}
        self._past = {yardstick(cell): rate for cell, rate in past.items()}
        self._alike: dict[tuple[object, ...], float] = {}

    def new_session(self) -> None:
        """Keep the known speeds as those of an earlier session."""
        self._past.update({cell: speed.rate for cell, speed in self._known.items()})
        self._known.clear()

    def learn(self, cell: Cell, speed: Speed) -> None:
        """Take in what a trial of a cell says."""
        self._known[yardstick(cell)] = speed
        for _, kind in _kinds(cell):
            self._alike[kind] = speed.rate

    def of(self, cell: Cell) -> Speed:
        """Return the speed of a cell that is known."""
        one = yardstick(cell)
        return self._known[one] if one in self._known else Speed(self._past[one], OVERHEAD)

    def knows(self, cell: Cell) -> bool:
        """Return whether `cell`, or one with another count only, needs no calibration."""
        one = yardstick(cell)
        return one in self._known or (self._corrected and one in self._past)

    @property
    def rates(self) -> Mapping[Cell, float]:
        """What is known of every cell, in messages per second."""
        return {**self._past, **{cell: speed.rate for cell, speed in self._known.items()}}

    def start(self, cell: Cell, target: float) -> int:
        """Return the count to begin with.

        A little under the goal where the same cell, or its like on another interpreter, is
        known; a part of the count of what resembles it less; else the least.
        """
        if rate := self._past.get(yardstick(cell)):
            return count_for(_CLOSE * target, rate)
        for part, kind in _kinds(cell):
            if rate := self._alike.get(kind):
                return count_for(part * target, rate)
        return LEAST


_CLOSE = 1.2 * LONG_ENOUGH


def _kinds(cell: Cell) -> Iterator[tuple[float, tuple[object, ...]]]:
    """Yield similar cells, the closest first, each with the part of its count to begin with."""
    yield _CLOSE, cell._replace(python="", messages=AUTO)
    yield 1 / 4, (cell.transport, cell.payload, cell.topology)
    # Threads stream a thousand times as fast as they ask and answer.
    yield 1 / 400, (cell.transport, cell.payload)
    # Payloads differ by four orders of magnitude; nothing is learned from another one.
    yield 1 / 400, (cell.payload,)


def speed_of(record: Record) -> Speed | None:
    """Return a cell's speed from one trial, None if that was not ok."""
    if record.status is not Status.OK or not record.seconds or not record.messages:
        return None
    whole = record.wall_seconds or record.seconds
    return Speed(record.messages / record.seconds, max(0.0, whole - record.seconds))
