"""One producer, N workers: a channel for each, or one that all share."""

from __future__ import absolute_import

from itertools import cycle

import quarters
import topologies
import work as works
from compat import lazy_zip, now
from topologies import NOTHING, timed_messages

SUMMARY = "one producer sends to N workers: a pipe for each in turn, or one shared queue"
PARAMETER = works.PARAMETER
parsed = works.shares
MOST_WORKERS = None
NEEDS_POLL = False

check_produce = topologies.check_produce
check_work = topologies.check_work


def layout(transport, workers):
    return topologies.one_way(transport, 1, workers)


def produce(seat, job):
    uneven = works.are_uneven(job.parameter)
    messages = timed_messages(job, telling=uneven)
    # One sender's own loop is the faster one, but knows no messages with numbers.
    if len(seat.senders) == 1 and not uneven:
        first = now()
        seat.senders[0].send_each(messages)
    else:
        in_turn = cycle([sender.send for sender in seat.senders])
        first = now()
        for send, message in lazy_zip(in_turn, messages):
            send(message)
    last = now()
    # END goes first: a worker's clock stops at it, and must not hold the producer's own wait.
    topologies.end_phase(seat)
    waited = [sender.finish() for sender in seat.senders]
    finished = now() if any(waited) else None
    return NOTHING._replace(first=first, last=last, finished=finished, count=job.count)


def work(seat, job):
    if job.parameter:
        return _working(seat, job)
    # How many messages a worker gets from a shared queue is not known before, so each reads to
    # its END; the moment of the END is the moment after its last message.
    if job.noting:
        size = max(1, job.count // (quarters.STEPS_OF_A_WORKER * seat.workers))
        count, steps = quarters.receive_until_end(seat.receivers[0], size)
        return NOTHING._replace(received=now(), count=count, steps=steps)
    count = seat.receivers[0].receive_until_end()
    return NOTHING._replace(received=now(), count=count)


def _working(seat, job):
    receive, number_of = seat.receivers[0].receive, job.payload.number_of
    shares = job.parameter
    uneven = works.are_uneven(shares)
    size = max(1, job.count // (quarters.STEPS_OF_A_WORKER * seat.workers))
    count = 0
    steps = []
    while True:
        message = receive()
        if message is None:
            return NOTHING._replace(received=now(), count=count, steps=steps)
        works.busy(shares[number_of(message) % len(shares) if uneven else 0])
        count += 1
        if job.noting and count % size == 0:
            steps.append((now(), size))
