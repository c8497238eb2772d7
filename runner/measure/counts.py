"""How many messages a trial moves, and how long it may take."""

import math
from collections.abc import Mapping, Sequence
from statistics import median_low
from typing import NamedTuple

from runner.model import AUTO, Cell, Measure, Trial

LEAST, MOST = 20, 2_000_000
"""Bounds of a calibrated count.

200 for the lower one would do for small messages; but 200 arrays of 3.84 MB last a second, and
rounds must be short (docs/method.md §1) more than counts must be large (§3, docs/adr/0009).
"""

DEFAULT_RATE = 250_000.0
"""Messages per second that a cell is taken for before it is calibrated."""


class Speed(NamedTuple):
    """What calibration knows of a cell: messages per second, and a trial's seconds beside them."""

    rate: float
    overhead: float


def yardstick(cell: Cell) -> Cell:
    """Return the cell whose speed is that of `cell`: how many messages are moved is left open."""
    return cell._replace(messages=AUTO)


def count_for(seconds: float, rate: float) -> int:
    """Return the messages that take `seconds`, within LEAST and MOST."""
    return min(MOST, max(LEAST, math.ceil(seconds * rate)))


def block_counts(
    cells: Sequence[Cell], rates: Mapping[Cell, float], settings: Measure
) -> dict[Cell, int]:
    """Return the messages of each cell of a block before jitter; `rates` by yardstick.

    A fixed number stays. The calibrated cells share the count of their median cell, so that both
    sides of a ratio move as much; a cell that it would keep busy for more than `slowest` targets
    moves fewer, as its rows tell.
    """
    own = {cell: count_for(settings.target, rates[yardstick(cell)]) for cell in cells}
    calibrated = [count for cell, count in own.items() if cell.messages == AUTO]
    shared = median_low(calibrated) if calibrated else 0
    longest = settings.slowest * settings.target
    return {
        cell: min(shared, max(1, math.floor(longest * rates[yardstick(cell)])))
        if cell.messages == AUTO
        else int(cell.messages)
        for cell in own
    }


def jittered(cell: Cell, count: int, factor: float) -> int:
    """Return the count of one round: `factor` times as many, unless the matrix fixes the number."""
    return max(1, round(count * factor)) if cell.messages == AUTO else count


def warm_up_count(count: int) -> int:
    """Return the messages of a trial's warm-up.

    A tenth of them, but 1000 where n allows it (docs/method.md §3): where n is small (large
    payloads, slow transports) 1000 would take longer than what is measured, so a quarter of n is
    the most that the floor may ask: enough for the feeder thread, the caches and the
    interpreter's specialised loop.
    """
    return max(count // 10, min(1000, count // 4))


def verify_count(count: int) -> int:
    """Return the messages of the checked stretch after the timed one: 1 %, 5 to 200."""
    return min(200, max(5, count // 100))


def trial(cell: Cell, count: int, rate: float, settings: Measure) -> Trial:
    """Return the request for one trial of `count` messages at an expected `rate`."""
    warm_up, verify = warm_up_count(count), verify_count(count)
    return Trial(cell, count, warm_up, verify, _timeout(count + warm_up + verify, rate, settings))


def _timeout(messages: int, rate: float, settings: Measure) -> float:
    # Usually max(5 s, 20 targets); a fixed count may take longer than that when all is well.
    return settings.timeout or max(5.0, 20 * settings.target, 10 * messages / rate)


def trial_seconds(count: int, speed: Speed) -> float:
    """Return how long a trial of `count` messages is expected to take, start and end included."""
    moved = count + warm_up_count(count) + verify_count(count)
    return moved / speed.rate + speed.overhead
