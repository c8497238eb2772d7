"""N producers, one consumer: a channel from each, or one that all share.

Here the axis `workers` counts the producers.
"""

from __future__ import absolute_import

import quarters
import topologies
from compat import now, wait_readable
from topologies import NOTHING, timed_messages

SUMMARY = "N producers send to one consumer: a pipe from each, or one shared queue"
PARAMETER = ""
MOST_WORKERS = None
NEEDS_POLL = False
WAITS = True

check_produce = topologies.check_produce
check_work = topologies.check_work


def layout(transport, workers):
    return topologies.one_way(transport, workers, 1)


def produce(seat, job):
    share = job.count // seat.producers
    if seat.role.index < job.count % seat.producers:
        share += 1
    messages = timed_messages(job._replace(count=share))
    sender = seat.senders[0]
    first = now()
    sender.send_each(messages)
    last = now()
    topologies.end_phase(seat)
    finished = now() if sender.finish() else None
    return NOTHING._replace(first=first, last=last, finished=finished, count=share)


def work(seat, job):
    around, steps = quarters.of_job(job)
    if len(seat.receivers) == 1:
        count = _from_shared(around(seat.receivers[0].receive), seat.producers)
    else:
        count = _from_each(seat.receivers, around)
    return NOTHING._replace(received=now(), count=count, steps=steps)


def _from_shared(receive, producers):
    count = 0
    while producers:
        if receive() is None:
            producers -= 1
        else:
            count += 1
    return count


def _from_each(receivers, around):
    receive_from = dict((receiver.handle, around(receiver.receive)) for receiver in receivers)
    count = 0
    while receive_from:
        for handle in wait_readable(list(receive_from)):
            if receive_from[handle]() is None:
                del receive_from[handle]
            else:
                count += 1
    return count
