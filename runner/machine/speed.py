"""How evenly the cores run: whoever shares a physical core slows ours, and no counter says so."""

import os
import threading
import time

CORES = 8
"""Cores that are looked at, at most: each is to have its turn several times."""
VISIT, PIECE = 0.01, 10_000
"""Seconds on a core before the next one's turn, and steps of a piece of work: about 0.1 ms."""
TURNS = 10
"""Turns of a core that say something."""
UNEVEN = 0.8
"""Pace of a core, or of a run's slow rounds, below which the machine is not even: another
hyper-thread halves it. Quiet virtual machines had 0.91 to 0.96, crowded ones 0.58 to 0.65."""


def pace(seconds: float = 1.0) -> float | None:
    """Return the speed in slow moments over that in fast ones, of the least even core.

    Slow is the 10th percentile of its turns, fast the 90th; each turn counts with its fastest
    piece of work, in CPU time, so that neither interrupts nor programs that take turns with us
    count. None where no thread can be bound to a core, or none had turns enough.
    """
    turns: dict[int, list[int]] = {}

    def work() -> None:
        try:
            cores = sorted(os.sched_getaffinity(0))[:CORES]
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                for core in cores:
                    os.sched_setaffinity(0, {core})
                    turns.setdefault(core, []).append(_fastest(VISIT))
        except OSError:
            turns.clear()

    thread = threading.Thread(target=work, name="pace")
    thread.start()
    thread.join()
    found = [sorted(times) for times in turns.values() if len(times) >= TURNS]
    tenths = [(times[len(times) // 10], times[-1 - len(times) // 10]) for times in found]
    return min((fast / slow for fast, slow in tenths), default=None)


def _fastest(seconds: float) -> int:
    """Return the nanoseconds of CPU time of the fastest piece of work in so many seconds."""
    best, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.thread_time_ns()
        for _ in range(PIECE):
            pass
        took = time.thread_time_ns() - begin
        best = min(best or took, took)
    return best
