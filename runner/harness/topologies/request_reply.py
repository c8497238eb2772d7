"""One client, N workers: each request waits for its reply, and each round trip is timed."""

from __future__ import absolute_import

from itertools import cycle

import quarters
import topologies
from compat import lazy_zip, now
from topologies import NOTHING, timed_messages

SUMMARY = "one client asks N workers in turn and waits, blocking, for each reply"
PARAMETER = ""
MOST_WORKERS = None
NEEDS_POLL = False

layout = topologies.two_way
check_produce = topologies.check_ask
check_work = topologies.answer_until_end
work = topologies.answer_until_end


def produce(seat, job):
    pairs = [
        (sender.send, receiver.receive)
        for sender, receiver in zip(seat.senders, seat.receivers)
    ]
    moments = [now()]
    keep = moments.append
    for (send, receive), message in lazy_zip(cycle(pairs), timed_messages(job)):
        send(message)
        receive()
        keep(now())
    topologies.end_phase(seat)
    return outcome(moments, job)


def outcome(moments, job):
    """Return the client's Outcome from the moments before, between and after its round trips."""
    # One reading of the clock ends a round trip and begins the next: nothing lies between.
    latencies = [late - early for early, late in zip(moments, moments[1:])]
    return NOTHING._replace(
        first=moments[0],
        last=moments[-1],
        received=moments[-1],
        count=len(latencies),
        latencies=latencies,
        steps=quarters.of_round_trips(moments) if job.noting else (),
    )
