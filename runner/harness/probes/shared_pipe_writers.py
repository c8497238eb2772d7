"""Several writers on one Pipe without a lock."""

from __future__ import absolute_import, print_function

from probes import children, said, sharing

SUMMARY = "Can several writers share one Pipe without a lock, each message whole and once?"
CREW = sharing.Crew(3, 1)
SMALL, LARGE = (16, 1000), (100000, 100)  # bytes, frames: below and above PIPE_BUF

supported = children.supported


def run():
    """Return no when a message was lost, truncated or doubled; a yes says that none was seen."""
    figures, parts = {}, []
    for kind, duplex in (("simplex", False), ("duplex", True)):
        for name, (size, frames) in (("small", SMALL), ("large", LARGE)):
            tally = sharing.tally(sharing.pipe_channel(duplex), CREW, frames, size, seconds=1)
            figures["%s_%s_missing" % (kind, name)] = tally.missing
            text = "%s, %d bytes: %s" % (kind, size, sharing.as_text(tally))
            parts.append((sharing.intact(tally), text))
    parts.sort(key=lambda part: part[0])  # failures decide, and come first
    return said(not any(figures.values()), "; ".join(text for _, text in parts), **figures)
