"""The order of several producers' objects."""

from __future__ import absolute_import, print_function

import time

import compat
from probes import children, said

SUMMARY = "Can an object leave a Queue before one that another producer had put earlier?"
ROUNDS = 3
OBJECTS = 60
PICKLING = 0.1  # s
BUSY = 0.3  # s
LATE = "late"


class Slow(object):
    """An object that takes long to pickle, and arrives as a number."""

    def __reduce__(self):
        time.sleep(PICKLING)
        return int, ()


supported = children.supported


def run():
    """Return the answer: the late producer puts when all puts of the first have returned."""
    overtaken = [_overtaken() for _ in range(ROUNDS)]
    detail = (
        "a late producer's object overtook %s (in %d rounds) of another's %d objects, whose put() "
        "had returned (start method %s)"
    )
    detail %= (", ".join(map(str, overtaken)), ROUNDS, OBJECTS, children.method())
    return said(any(overtaken), detail, rounds=ROUNDS, most_overtaken=max(overtaken))


def _overtaken():
    queue = children.context().Queue()
    put = children.context().Event()
    late = children.start(put_late, queue, put)
    first = children.start(put_many, queue, put)
    arrived = [queue.get() for _ in range(OBJECTS + 1)]
    children.ended(first, 2)
    children.ended(late, 2)
    return OBJECTS - arrived.index(LATE)


def put_many(queue, put):
    """Put objects, say when the last put() has returned, and go on working (in a child)."""
    queue.put(Slow())
    for number in range(1, OBJECTS):
        queue.put(number)
    put.set()
    until = compat.now() + BUSY
    while compat.now() < until:
        pass


def put_late(queue, put):
    """Put an object once the other's put() have returned (in a child)."""
    put.wait()
    queue.put(LATE)
