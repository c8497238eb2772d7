"""Joining a producer that called cancel_join_thread before its Queue is drained."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Does joining a child hang before the drain when it called cancel_join_thread?"
MESSAGES = 100
SIZE = 3000

supported = children.supported


def run():
    """Return the answer, with the number of messages that were lost by the early end."""
    queue = children.context().Queue()
    giving = children.start(put_and_go, queue)
    joined = children.ended(giving, children.SURE)
    source, sink = children.context().Pipe(False)
    taking = children.start(take_all, queue, sink)
    sink.close()
    children.ended(taking, 2)  # a truncated last message keeps it waiting for ever
    lost = MESSAGES - _count(source)
    detail = "of %d messages of %d bytes %d were lost with the child (start method %s)"
    detail %= (MESSAGES, SIZE, lost, children.method())
    return said(not joined, detail, messages=MESSAGES, lost=lost)


def put_and_go(queue):
    """Put more than a pipe holds and end at once (in the child)."""
    queue.cancel_join_thread()
    for _ in range(MESSAGES):
        queue.put(b"x" * SIZE)


def take_all(queue, sink):
    """Take what there is, and send a byte for each message (in the taker)."""
    for _ in range(MESSAGES):
        try:
            queue.get(True, 0.5)
        except Exception:
            return  # Empty, or what is left of a truncated message
        sink.send_bytes(b".")


def _count(source):
    count = 0
    try:
        while True:
            source.recv_bytes()
            count += 1
    except EOFError:
        return count
