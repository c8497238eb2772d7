"""What a Pipe holds before a send has to wait."""

from __future__ import absolute_import, print_function

import errno
import os

from probes import children, said

SUMMARY = "Do Pipe() and Pipe(False) hold the same amount before a send has to wait?"


def supported():
    """Return "" where a file descriptor can be told not to wait, or the reason why not."""
    try:
        import fcntl  # noqa: F401
    except ImportError as error:
        return "no fcntl: %s" % error
    return ""


def run():
    """Return the answer: small messages, and the bytes of a single write, for both kinds."""
    figures = {}
    for kind, duplex in (("simplex", False), ("duplex", True)):
        figures[kind + "_messages"] = small_messages(duplex)
        figures[kind + "_bytes"] = _single_write(duplex)
    detail = (
        "Pipe(False): %(simplex_messages)d ints or %(simplex_bytes)d bytes in one write; "
        "Pipe(): %(duplex_messages)d ints or %(duplex_bytes)d bytes" % figures
    )
    return said(figures["simplex_messages"] == figures["duplex_messages"], detail, **figures)


def small_messages(duplex):
    """Return how many ints a Pipe takes that nobody reads."""
    source, sink = children.context().Pipe(duplex)
    _do_not_wait(sink)
    count = 0
    try:
        while True:
            sink.send(count)
            count += 1
    except (IOError, OSError) as error:
        if error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):
            raise
    source.close()
    return count


def _single_write(duplex):
    source, sink = children.context().Pipe(duplex)
    _do_not_wait(sink)
    accepted = os.write(sink.fileno(), b"x" * (8 << 20))
    source.close()
    return accepted


def _do_not_wait(connection):
    import fcntl

    flags = fcntl.fcntl(connection.fileno(), fcntl.F_GETFL)
    fcntl.fcntl(connection.fileno(), fcntl.F_SETFL, flags | os.O_NONBLOCK)
