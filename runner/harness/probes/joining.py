"""Joining a child before what it gave is taken: does it hang, and from how many bytes on."""

from __future__ import absolute_import, print_function

from probes import children, said

LARGEST = 300000
STEP = 16
PATIENCE = 0.2
LONG_PATIENCE = 0.7


def answer(give, take):
    """Return the answer for a channel whose `give` a child calls and whose `take` we call."""
    if not stuck(give, take, LARGEST, LONG_PATIENCE):
        detail = "a child that gave %d bytes was joined before they were taken" % LARGEST
        return said(False, _by(detail), bytes=LARGEST)
    ends, hangs = _threshold(give, take)
    figures = {"bytes": LARGEST, "ends_up_to": ends}
    detail = "the join waits for the reader; it ends with %d bytes" % ends
    if stuck(give, take, hangs, LONG_PATIENCE):
        figures["hangs_from"] = hangs
        detail += " and hangs from %d bytes on" % hangs
    else:
        detail += "; from where on it hangs was not found, the machine was too slow"
    return said(True, _by(detail), **figures)


def stuck(give, take, size, patience):
    """Return whether a child that gave `size` bytes is still there after `patience` seconds."""
    child = children.start(offer, give, size)
    waits = children.waits(child, patience)
    if not waits and child.exitcode:
        raise RuntimeError("the giving child ended with exit code %s" % child.exitcode)
    take()
    if not children.ended(child, children.SURE):
        raise RuntimeError("the child did not end after its %d bytes were taken" % size)
    return waits


def offer(give, size):
    """Give `size` bytes (in the child)."""
    give(b"x" * size)


def _threshold(give, take):
    ends, hangs = 0, LARGEST
    while hangs - ends > STEP:
        middle = (ends + hangs) // 2
        if stuck(give, take, middle, PATIENCE):
            hangs = middle
        else:
            ends = middle
    return ends, hangs


def _by(detail):
    return "%s (start method %s)" % (detail, children.method())
