"""Killing a worker that waits in get() on a manager's queue."""

from __future__ import absolute_import, print_function

from probes import children, queue_worker_death

SUMMARY = "Can a manager's queue still be read after a worker was killed in the middle of a get()?"

supported = children.supported


def run():
    """Return the answer, with the objects lost."""
    manager = children.context().Manager()
    try:
        return queue_worker_death.after_death(manager.Queue())
    finally:
        manager.shutdown()
