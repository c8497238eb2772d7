"""A Queue handed to a Pool's workers by the initializer."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Can the workers of a Pool use a Queue that the initializer set?"

supported = children.supported

_given = []


def run():
    """Return the answer."""
    queue = children.context().Queue()
    pool = children.context().Pool(1, remember, (queue,))
    try:
        pool.apply_async(put_number, (7,)).get(8)
        arrived = queue.get(True, children.SURE)
        detail = "the worker's object arrived: %r (start method %s)"
        return said(arrived == 7, detail % (arrived, children.method()))
    finally:
        pool.terminate()


def remember(queue):
    """Keep the Queue (in the worker)."""
    _given.append(queue)


def put_number(number):
    """Put a number on the kept Queue (in the worker)."""
    _given[-1].put(number)
