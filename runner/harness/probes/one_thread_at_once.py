"""How many threads of one process run Python code at the same moment."""

from __future__ import absolute_import, print_function

import threading

import compat
from probes import said

SUMMARY = "Does only one thread of a process run Python code at a time?"
SLICE = 0.1  # s
SLICES = 3
BOUND = 1.4  # two threads that really run at once come near 2 in both figures


def supported():
    """Return "" where two threads could run at once, or the reason why that cannot be seen."""
    return "" if len(compat.allowed_cores()) > 1 else "one core: two threads cannot run at once"


def run():
    """Return the answer: what two threads get done in the time of one, and the cores they use.

    Either figure alone misleads: 2.7 burns CPU in the fight for its lock, and a busy machine
    gives one thread less than it could have.
    """
    alone = together = used = wall = 0.0
    for _ in range(SLICES):
        alone += sum(_turns(1)[0])
        turns, cpu, seconds = _turns(2)
        together, used, wall = together + sum(turns), used + cpu, wall + seconds
    gain, cores = together / alone, used / wall
    detail = "two threads got %.2f times the work of one done, on %.2f cores (%s)"
    detail %= (gain, cores, compat.implementation())
    return said(min(gain, cores) < BOUND, detail, gain=gain, cores=cores)


def _turns(threads):
    turns = []
    calculating = [threading.Thread(target=calculate, args=(turns,)) for _ in range(threads)]
    before, begun = compat.usage(), compat.now()
    for thread in calculating:
        thread.start()
    for thread in calculating:
        thread.join()
    used = compat.used_between(before, compat.usage())
    return turns, used.user + used.system, compat.now() - begun


def calculate(turns):
    """Run Python code for a slice of time and add the turns done (in a thread)."""
    until = compat.now() + SLICE
    number = 0
    while compat.now() < until:
        for _ in range(100):
            number += 1
    turns.append(number)
