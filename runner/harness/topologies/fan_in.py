"""N producers, one consumer: a channel from each, or one that all share.

The axis `workers` counts the producers here: they are what is multiplied.
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
    topologies.end_stretch(seat)
    finished = now() if sender.finish() else None
    return NOTHING._replace(first=first, last=last, finished=finished, count=share)


def work(seat, job):
    if job.noting:
        return _noting(seat, quarters.Steps(job.count))
    if len(seat.receivers) == 1:
        count = _from_shared(seat.receivers[0].receive, seat.producers)
    else:
        count = _from_each(seat.receivers)
    return NOTHING._replace(received=now(), count=count)


def _noting(seat, steps):
    if len(seat.receivers) == 1:
        count = _from_shared_noting(seat.receivers[0].receive, seat.producers, steps)
    else:
        count = _from_each_noting(seat.receivers, steps)
    return NOTHING._replace(received=now(), count=count, steps=steps.noted)


def _from_shared(receive, producers):
    count = 0
    while producers:
        if receive() is None:
            producers -= 1
        else:
            count += 1
    return count


def _from_each(receivers):
    receive_from = dict((receiver.handle, receiver.receive) for receiver in receivers)
    count = 0
    while receive_from:
        for handle in wait_readable(list(receive_from)):
            if receive_from[handle]() is None:
                del receive_from[handle]
            else:
                count += 1
    return count


def _from_shared_noting(receive, producers, steps):
    count, goal = 0, steps.goal()
    while producers:
        if receive() is None:
            producers -= 1
        else:
            count += 1
            if count == goal:
                goal = steps.note()
    return count


def _from_each_noting(receivers, steps):
    receive_from = dict((receiver.handle, receiver.receive) for receiver in receivers)
    count, goal = 0, steps.goal()
    while receive_from:
        for handle in wait_readable(list(receive_from)):
            if receive_from[handle]() is None:
                del receive_from[handle]
            else:
                count += 1
                if count == goal:
                    goal = steps.note()
    return count
