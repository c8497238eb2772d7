"""Sending into a Pipe that nobody reads."""

from __future__ import absolute_import, print_function

from probes import children, pipe_capacity, said

SUMMARY = "Does Connection.send wait when the Pipe is full?"
PATIENCE = 0.5

supported = pipe_capacity.supported


def run():
    """Return the answer for both kinds, with the messages that go in before a send waits."""
    waits, figures = [], {}
    for kind, duplex in (("simplex", False), ("duplex", True)):
        holds = pipe_capacity.small_messages(duplex)
        figures[kind + "_messages"] = holds
        waits.append(not _fits(duplex, holds + 1) and _fits(duplex, holds))
    detail = (
        "a child's send waited after %(simplex_messages)d ints in Pipe(False) and "
        "%(duplex_messages)d in Pipe()" % figures
    )
    if not all(waits):
        detail = "waited in Pipe(False): %s, in Pipe(): %s" % tuple(waits)
    return said(all(waits), detail, **figures)


def _fits(duplex, messages):
    source, sink = children.context().Pipe(duplex)
    child = children.start(send_numbers, sink, messages)
    fits = not children.waits(child, PATIENCE)
    for _ in range(messages):
        source.recv()
    if not children.ended(child, children.SURE):
        raise RuntimeError("the child did not end after its messages were received")
    return fits


def send_numbers(connection, messages):
    """Send ints (in the child)."""
    for number in range(messages):
        connection.send(number)
