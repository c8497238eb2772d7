"""Ending a process whose child still has undrained data on a Queue."""

from __future__ import absolute_import, print_function

from probes import children, joining, said

SUMMARY = "Does a parent hang on its own exit while its child's Queue has not been drained?"

supported = children.supported


def run():
    """Return the answer: the parent is a child of ours, and we drain after a while."""
    queue = children.context().Queue()
    parent = children.start_parent(leave, queue)
    hangs = children.waits(parent, joining.LONG_PATIENCE)
    queue.get()
    if not children.ended(parent, children.SURE):
        raise RuntimeError("the parent did not end after the drain")
    detail = "its child put %d bytes and was not joined (start method %s)"
    return said(hangs, detail % (joining.LARGEST, children.method()), bytes=joining.LARGEST)


def leave(queue):
    """Start a child that puts more than a pipe holds, and return (in the parent)."""
    children.start_parent(joining.offer, queue.put, joining.LARGEST)
