"""Joining a producer before its manager's queue is drained."""

from __future__ import absolute_import, print_function

from probes import children, joining

SUMMARY = "Does joining a child hang while what it put on a manager's queue has not been taken?"

supported = children.supported


def run():
    """Return the answer, with the bytes from which on the join hangs."""
    manager = children.context().Manager()
    try:
        queue = manager.Queue()
        return joining.answer(queue.put, queue.get)
    finally:
        manager.shutdown()
