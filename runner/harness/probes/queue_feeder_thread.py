"""Who sends what was put on a Queue."""

from __future__ import absolute_import, print_function

import threading

import compat
from probes import children, said

SUMMARY = "Does a put on a Queue start a thread of the same process, which does the sending?"

supported = children.supported


def run():
    """Return the answer, with the threads that Queue and SimpleQueue start."""
    figures = {}
    for name, queue in (
        ("queue", children.context().Queue()),
        ("simple_queue", compat.simple_queue(children.context())),
    ):
        before = set(threading.enumerate())
        queue.put(0)
        started = [thread.name for thread in threading.enumerate() if thread not in before]
        figures[name + "_threads"] = len(started)
        queue.get()
    detail = "threads started by the first put: Queue %(queue_threads)d, " % figures
    detail += "SimpleQueue %(simple_queue_threads)d" % figures
    return said(figures["queue_threads"] == 1, detail, **figures)
