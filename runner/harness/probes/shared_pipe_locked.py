"""Several writers and readers on one Pipe, with a lock at each end."""

from __future__ import absolute_import, print_function

from probes import children, said, sharing

SUMMARY = "Can several writers and readers share one Pipe when each end has a lock?"

supported = children.supported


def run():
    """Return the answer for two writers and two readers, small and large messages."""
    small, large = _tally(500, 16), _tally(30, 100000)
    detail = "16 bytes: %s; 100,000 bytes: %s" % (sharing.as_text(small), sharing.as_text(large))
    return said(
        sharing.intact(small) and sharing.intact(large),
        detail,
        planned=small.planned + large.planned,
        missing=small.missing + large.missing,
    )


def _tally(frames, size):
    channel, crew = sharing.pipe_channel(False), sharing.Crew(2, 2)
    return sharing.tally(channel, crew, frames, size, locked=True, seconds=2.0)
