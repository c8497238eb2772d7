"""Putting into a Queue that nobody reads."""

from __future__ import absolute_import, print_function

import compat
from probes import children, said

SUMMARY = "Does Queue.put return before the data has been sent?"
MESSAGES = 16
SIZE = 1 << 20

supported = children.supported


def run():
    """Return the answer: far more bytes than a pipe holds are put, and nobody reads."""
    source, sink = children.context().Pipe(False)
    child = children.start(put_all, children.context().Queue(), sink)
    returned = source.poll(children.SURE)
    milliseconds = source.recv() * 1e3 if returned else float("nan")
    children.ended(child, 1)
    if not returned:
        detail = "%d puts of %d bytes had not returned after %.0f s without a reader"
        return said(False, detail % (MESSAGES, SIZE, children.SURE), bytes=MESSAGES * SIZE)
    detail = "%d puts of %d bytes returned after %.1f ms in all, with no reader"
    return said(
        True,
        detail % (MESSAGES, SIZE, milliseconds),
        bytes=MESSAGES * SIZE,
        milliseconds=milliseconds,
    )


def put_all(queue, sink):
    """Put everything and report how long it took (in the child)."""
    queue.cancel_join_thread()
    begun = compat.now()
    for _ in range(MESSAGES):
        queue.put(b"x" * SIZE)
    sink.send(compat.now() - begun)
