"""How many threads of one process run Python code at the same moment."""

from __future__ import absolute_import, print_function

import threading

import compat

from probes import said

SUMMARY = "Does only one thread of a process run Python code at a time?"
SECONDS = 0.4
BOUND = 1.25  # cores; two threads that really run at once come near 2


def supported():
    """Return "" where two threads could run at once, or the reason why that cannot be seen."""
    return "" if len(compat.allowed_cores()) > 1 else "one core: two threads cannot run at once"


def run():
    """Return the answer: CPU time over wall time of two threads that only calculate."""
    threads = [threading.Thread(target=calculate) for _ in range(2)]
    before, begun = compat.usage(), compat.now()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used, wall = compat.used_between(before, compat.usage()), compat.now() - begun
    cores = (used.user + used.system) / wall
    detail = "two calculating threads used %.2f cores (%s)" % (cores, compat.implementation())
    return said(cores < BOUND, detail, cores=cores)


def calculate():
    """Run Python code for SECONDS (in a thread)."""
    until = compat.now() + SECONDS
    number = 0
    while compat.now() < until:
        for _ in range(1000):
            number += 1
