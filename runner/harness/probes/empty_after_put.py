"""Queue.empty() right after put()."""

from __future__ import absolute_import, print_function

import compat
from probes import children, said

SUMMARY = "Can Queue.empty() be true right after put()?"
PUTS = 200
MANAGER_PUTS = 50

supported = children.supported


def run():
    """Return the answer, with how often and how long; a manager's queue is asked too."""
    times, longest = _watch(children.context().Queue(), PUTS)
    manager = children.context().Manager()
    try:
        by_manager, _ = _watch(manager.Queue(), MANAGER_PUTS)
    finally:
        manager.shutdown()
    detail = (
        "empty() was true after %d of %d puts, for %.3f ms at most; a manager's queue: "
        "%d of %d" % (times, PUTS, longest * 1e3, by_manager, MANAGER_PUTS)
    )
    return said(
        times > 0,
        detail,
        times=times,
        puts=PUTS,
        longest_ms=longest * 1e3,
        manager_times=by_manager,
    )


def _watch(queue, puts):
    times, longest = 0, 0.0
    for number in range(puts):
        queue.put(number)
        begun = compat.now()
        if queue.empty():
            times += 1
            while queue.empty():
                pass
            longest = max(longest, compat.now() - begun)
        queue.get()
    return times, longest
