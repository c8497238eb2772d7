"""Reading where there is nothing to read."""

from __future__ import absolute_import, print_function

import compat
from probes import children, said

SUMMARY = "Does reading wait on an empty Pipe, and on the queues, which have locks, alike?"
PATIENCE = 0.4

supported = children.supported


def run():
    """Return yes when all of them wait; the figures show each, and whether poll(0) waits."""
    context = children.context()
    source, sink = context.Pipe(False)
    queue = context.Queue()
    simple = compat.simple_queue(context)
    figures = {
        "poll_sees": int(source.poll(0)),
        "pipe": _waits(source.recv, sink.send),
        "queue": _waits(queue.get, queue.put),
        "simple_queue": _waits(simple.get, simple.put),
    }
    detail = "waits (1) or not (0): Pipe %(pipe)d, Queue %(queue)d, SimpleQueue %(simple_queue)d"
    detail = detail % figures + "; poll(0) lets a reader look"
    waits = figures["pipe"] and figures["queue"] and figures["simple_queue"]
    return said(waits, detail, **figures)


def _waits(take, give):
    child = children.start(take_one, take)
    waits = children.waits(child, PATIENCE)
    give("something")
    if not children.ended(child, children.SURE):
        raise RuntimeError("the reader did not end after it got something")
    return int(waits)


def take_one(take):
    """Take one object (in the child)."""
    take()
