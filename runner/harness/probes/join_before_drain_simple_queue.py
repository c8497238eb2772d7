"""Joining a producer before its SimpleQueue is drained."""

from __future__ import absolute_import, print_function

import compat
from probes import children, joining

SUMMARY = "Does joining a child hang while what it put on a SimpleQueue has not been taken?"

supported = children.supported


def run():
    """Return the answer, with the bytes from which on the join hangs."""
    queue = compat.simple_queue(children.context())
    return joining.answer(queue.put, queue.get)
