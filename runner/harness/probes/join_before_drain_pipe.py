"""Joining a producer before its Pipe is drained."""

from __future__ import absolute_import, print_function

from probes import children, joining

SUMMARY = "Does joining a child hang while what it sent on a Pipe has not been received?"

supported = children.supported


def run():
    """Return the answer for Pipe(False), with the bytes from which on the join hangs."""
    source, sink = children.context().Pipe(False)
    return joining.answer(sink.send, source.recv)
