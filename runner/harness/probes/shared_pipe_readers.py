"""Several readers on one Pipe without a lock."""

from __future__ import absolute_import, print_function

from probes import children, said, sharing

SUMMARY = "Can several readers share one Pipe without a lock, each message whole and once?"
CREW = sharing.Crew(1, 3)
SIZES = ((16, 3000), (5000, 3000), (200000, 100))  # bytes, frames: the last exceed any pipe

supported = children.supported


def run():
    """Return no when a message was lost, truncated or doubled; a yes says that none was seen."""
    tallies = [
        sharing.tally(sharing.pipe_channel(False), CREW, frames, size) for size, frames in SIZES
    ]
    detail = "; ".join(
        "%d bytes: %s" % (size, sharing.as_text(tally)) for (size, _), tally in zip(SIZES, tallies)
    )
    return said(
        all(sharing.intact(tally) for tally in tallies),
        detail,
        planned=sum(tally.planned for tally in tallies),
        missing=sum(tally.missing for tally in tallies),
        truncated=sum(tally.truncated for tally in tallies),
        twice=sum(tally.twice for tally in tallies),
        stuck=sum(tally.stuck for tally in tallies),
    )
