"""What a JoinableQueue counts."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Does a JoinableQueue only count: puts up, task_done down, whichever object was meant?"
PUTS = 3

supported = children.supported


def run():
    """Return the answer: task_done is called without a get, then once too often."""
    waits = _waits(_filled())
    queue = _filled()  # a new one: who was killed in join() would be waited for by task_done()
    for _ in range(PUTS):
        queue.task_done()
    returns = children.ended(children.start(join, queue), children.SURE)
    try:
        queue.task_done()
        error = ""
    except ValueError as caught:
        error = str(caught)
    left = [queue.get(True, children.SURE) for _ in range(PUTS)]
    detail = (
        "join waited: %s; after %d task_done without a get it returned: %s, with %d objects still "
        "to get; one task_done more: ValueError %r" % (waits, PUTS, returns, len(left), error)
    )
    return said(waits and returns and bool(error), detail, puts=PUTS, left=len(left))


def _waits(queue):
    child = children.start(join, queue)
    waits = children.waits(child, 0.4)
    children.ended(child, 0)
    return waits


def _filled():
    queue = children.context().JoinableQueue()
    for number in range(PUTS):
        queue.put(number)
    return queue


def join(queue):
    """Wait until the count is nought (in a child)."""
    queue.join()
