"""An object that changes after it was put."""

from __future__ import absolute_import, print_function

import compat
from probes import children, said

SUMMARY = "Does a Queue deliver an object as it was at put(), when it changes right after?"
PUTS = 100
LENGTH = 10000  # long enough for put() to be faster than the pickling

supported = children.supported


def run():
    """Return the answer, with the objects that arrived as they became; Pipe and SimpleQueue too."""
    context = children.context()
    queue = context.Queue()
    wrong = _changed_while_put(queue)
    simple = compat.simple_queue(context)
    source, sink = context.Pipe(False)
    figures = {
        "wrong": wrong,
        "of": PUTS,
        "simple_queue_wrong": _changed_before_taken(simple.put, simple.get),
        "pipe_wrong": _changed_before_taken(sink.send, source.recv),
    }
    detail = (
        "arrived as they became, not as they were: Queue %(wrong)d of %(of)d, "
        "SimpleQueue %(simple_queue_wrong)d, Pipe %(pipe_wrong)d" % figures
    )
    return said(wrong == 0, detail, **figures)


def _changed_while_put(queue):
    reused = [0] * LENGTH
    for number in range(PUTS):
        reused[0] = number
        queue.put(reused)
    return sum(queue.get()[0] != number for number in range(PUTS))


def _changed_before_taken(give, take):
    reused = [0] * LENGTH
    wrong = 0
    for number in range(PUTS):
        reused[0] = number
        give(reused)
        reused[0] = -1
        wrong += take()[0] != number
    return wrong
