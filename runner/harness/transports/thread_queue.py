"""queue.Queue between threads of one process: the baseline that copies nothing."""

from __future__ import absolute_import

import compat
import transports
from transports import Receiver, Sender

LABEL = "queue.Queue (threads)"
ROLE = "threads"
SUMMARY = "queue.Queue between threads of one process: the baseline, no copy"
SHARED = True
DUPLEX = False
LAUNCH = "thread"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "nobody: a reference is handed over",
    "holds": "unbounded; with maxsize so many messages",
    "pitfalls": "nothing is copied or isolated: sender and receiver share the object, and under "
    "the GIL the core",
}

supported = transports.always_supported
helper_usage = transports.no_helper
close = transports.nothing_to_close


def open(context):
    del context
    return compat.thread_queue_class()()


def sender(channel, side):
    del side
    return Sender(channel.put)


def receiver(channel, side):
    del side
    empty = channel.empty
    return Receiver(channel.get, poll=lambda: not empty())


def facts(channel):
    del channel
    return {"pickle_protocol": "none", "capacity": "unbounded"}
