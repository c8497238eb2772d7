"""One producer, one worker."""

from __future__ import absolute_import

import quarters
import topologies
from compat import now
from topologies import NOTHING, timed_messages

SUMMARY = "one producer sends, one worker receives"
PARAMETER = ""
MOST_WORKERS = 1
NEEDS_POLL = False

check_produce = topologies.check_produce
check_work = topologies.check_work


def layout(transport, workers):
    return topologies.one_way(transport, 1, workers)


def produce(seat, job):
    sender = seat.senders[0]
    messages = timed_messages(job)
    first = now()
    sender.send_each(messages)
    last = now()
    finished = now() if sender.finish() else None
    topologies.end_phase(seat)
    return NOTHING._replace(first=first, last=last, finished=finished, count=job.count)


def work(seat, job):
    receiver = seat.receivers[0]
    steps = ()
    if job.noting:
        message, steps = quarters.receive_each(receiver, job.count)
    else:
        message = receiver.receive_each(job.count)
    received = now()
    problem = _wrong(receiver, message, job)
    return NOTHING._replace(received=received, count=job.count, problem=problem, steps=steps)


def _wrong(receiver, message, job):
    """Return what the count got wrong: the last message must be the last, and END follow it."""
    if job.count and message is None:
        return "lost: fewer than %d messages arrived" % job.count
    extra = receiver.receive_until_end()
    if extra:
        return "doubled: %d messages more than the %d sent" % (extra, job.count)
    if job.count and not job.payload.is_last(message, job.count):
        return "altered: message %d is not the one that was sent" % job.count
    return ""
