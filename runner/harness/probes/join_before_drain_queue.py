"""Joining a producer before its Queue is drained."""

from __future__ import absolute_import, print_function

from probes import children, joining

SUMMARY = "Does joining a child hang while what it put on a Queue has not been taken?"

supported = children.supported


def run():
    """Return the answer, with the bytes from which on the join hangs."""
    queue = children.context().Queue()
    return joining.answer(queue.put, queue.get)
