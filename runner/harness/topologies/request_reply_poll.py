"""Request and reply where both sides ask again and again whether a message is there."""

from __future__ import absolute_import

from itertools import cycle

import topologies
from compat import lazy_zip, now
from topologies import NOTHING, request_reply, timed_messages

SUMMARY = "as request_reply, but both sides poll in a busy loop instead of blocking"
PARAMETER = ""
MOST_WORKERS = None
NEEDS_POLL = True

layout = topologies.two_way
check_produce = topologies.check_ask
check_work = topologies.answer_until_end


def produce(seat, job):
    pairs = [
        (sender.send, receiver.poll, receiver.receive)
        for sender, receiver in zip(seat.senders, seat.receivers)
    ]
    moments = [now()]
    keep = moments.append
    for (send, poll, receive), message in lazy_zip(cycle(pairs), timed_messages(job)):
        send(message)
        while not poll():
            pass
        receive()
        keep(now())
    topologies.end_phase(seat)
    return request_reply.outcome(moments, job)


def work(seat, job):
    del job
    poll = seat.receivers[0].poll
    receive = seat.receivers[0].receive
    send = seat.senders[0].send
    count = 0
    while True:
        while not poll():
            pass
        message = receive()
        if message is None:
            return NOTHING._replace(count=count)
        send(message)
        count += 1
