"""A manager's queue as an argument of a Pool's method."""

from __future__ import absolute_import, print_function

from probes import children, queue_to_pool_method, said

SUMMARY = "Can a manager's queue be an argument of a Pool's apply_async?"

supported = children.supported


def run():
    """Return the answer."""
    manager = children.context().Manager()
    pool = children.context().Pool(1)
    try:
        queue = manager.Queue()
        pool.apply_async(queue_to_pool_method.put_one, (queue,)).get(8)
        arrived = queue.get(True, children.SURE)
        detail = "the argument is a %s; the worker's object arrived: %r"
        return said(arrived == "from the worker", detail % (type(queue).__name__, arrived))
    finally:
        pool.terminate()
        manager.shutdown()
