"""The directions of Pipe(False)."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Is Pipe(False) one-way: the first end only receives, the second only sends?"


def supported():
    """Return "": every interpreter can be asked."""
    return ""


def run():
    """Return the answer, with the errors' texts in the detail."""
    source, sink = children.context().Pipe(False)
    sink.send("there")
    arrived = source.recv() == "there"
    backwards = _error(source.send, "back")
    from_sink = _error(sink.recv)
    detail = "send on the first end: %s; recv on the second: %s"
    return said(
        bool(arrived and backwards and from_sink),
        detail % (backwards or "no error", from_sink or "no error"),
    )


def _error(call, *args):
    try:
        call(*args)
    except (IOError, OSError) as error:
        return "%s: %s" % (type(error).__name__, error)
    return ""
