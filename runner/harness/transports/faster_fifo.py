"""faster-fifo: a ring in shared memory behind a lock of pthreads, written in C++."""

from __future__ import absolute_import

from functools import partial

import transports
from transports import Receiver, Sender, packages

LABEL = "faster-fifo"
ROLE = "objects"
SUMMARY = "faster_fifo.Queue: a ring in shared memory behind a lock, in C++; put and get"
SHARED = True
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, ForkingPickler",
    "holds": "1 MB, or four messages",
    "needs": "faster-fifo",
    "versions": "3.7 to 3.13; newer where it can be compiled",
    "pitfalls": "put and get raise Full and Empty after 10 s where no timeout is given; its size "
    "is in bytes, not in messages; of several receivers, one that has to enlarge its buffer for a "
    "message may raise Empty; a process killed inside the lock stops all others",
}

_FOREVER = 1e6  # seconds; there is no way to say so

helper_usage = transports.no_helper
close = transports.nothing_to_close


def supported():
    return packages.lacks("faster_fifo", "faster-fifo")


class Channel(object):
    """The queue, which is made once the size of its messages is known."""

    queue = None
    longest = 0


def open(context):
    del context
    return Channel()


def fit(channel, payload):
    import faster_fifo

    channel.longest = transports.largest(payload)
    room = max(1000 * 1000, 4 * channel.longest)
    channel.queue = faster_fifo.Queue(max_size_bytes=room)


def sender(channel, side):
    del side
    return Sender(partial(channel.queue.put, timeout=_FOREVER))


def receiver(channel, side):
    del side
    # Else the first get does so, for which it lets go of the lock: of two receivers one fails.
    channel.queue.reallocate_msg_buffer(channel.longest)
    empty = channel.queue.empty
    return Receiver(partial(channel.queue.get, timeout=_FOREVER), poll=lambda: not empty())


def facts(channel):
    return dict(
        transports.protocol_facts(), capacity=str(channel.queue.max_size_bytes),
        **packages.facts("faster_fifo", "faster-fifo")
    )
