"""A Queue as an argument of a Pool's method."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Can a Queue be an argument of a Pool's apply_async?"

supported = children.supported


def run():
    """Return the answer, with the error's text in the detail."""
    queue = children.context().Queue()
    pool = children.context().Pool(1)
    try:
        pool.apply_async(put_one, (queue,)).get(8)
        arrived = queue.get(True, children.SURE)
        return said(True, "the worker's object arrived: %r" % (arrived,))
    except Exception as error:
        return said(False, "%s: %s" % (type(error).__name__, error))
    finally:
        pool.terminate()


def put_one(queue):
    """Put an object (in the Pool's worker)."""
    queue.put("from the worker")
