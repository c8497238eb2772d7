"""A Queue with several producers and consumers."""

from __future__ import absolute_import, print_function

from probes import children, said, sharing

SUMMARY = "Does every object of several producers reach one of several consumers, whole and once?"

supported = children.supported


def run():
    """Return the answer for two producers and two consumers, small and large objects."""
    small = sharing.tally(_channel(), sharing.Crew(2, 2), 500, 16, seconds=2.0)
    large = sharing.tally(_channel(), sharing.Crew(2, 2), 30, 100000, seconds=2.0)
    detail = "16 bytes: %s; 100,000 bytes: %s" % (sharing.as_text(small), sharing.as_text(large))
    wrong = small.planned - small.whole + large.planned - large.whole
    return said(
        sharing.intact(small) and sharing.intact(large),
        detail,
        planned=small.planned + large.planned,
        missing=wrong,
        twice=small.twice + large.twice,
    )


def _channel():
    return sharing.queue_channel(children.context().Queue())
