"""The order of one producer's objects."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Do the objects of one producer leave a Queue in the order in which they were put?"
MESSAGES = 3000
EVERY = 50
LARGE = 20000

supported = children.supported


def run():
    """Return the answer for small objects with a large one among them now and then."""
    queue = children.context().Queue()
    child = children.start(put_numbered, queue)
    got = [queue.get()[0] for _ in range(MESSAGES)]
    children.ended(child, children.SURE)
    moved = sum(1 for place, number in enumerate(got) if place != number)
    detail = "%d of %d objects came at another place than put" % (moved, MESSAGES)
    return said(moved == 0, detail, messages=MESSAGES, out_of_order=moved)


def put_numbered(queue):
    """Put numbered objects of two sizes (in the child)."""
    for number in range(MESSAGES):
        queue.put((number, b"x" * (LARGE if number % EVERY == 0 else 8)))
