"""multiprocessing.Queue: a buffer, a feeder thread, a lock at each end of a simplex Pipe."""

from __future__ import absolute_import

import transports
from transports import Receiver, Sender

LABEL = "Queue"
ROLE = "objects"
SUMMARY = "multiprocessing.Queue(): a feeder thread sends later"
SHARED = True
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "a thread of the sender, later; ForkingPickler",
    "holds": "unbounded, in the sender's memory; with maxsize so many messages",
    "needs": "semaphores",
    "pitfalls": "what is changed after put arrives changed; errors of pickling go to stderr "
    "only; joining a process before its queue is drained deadlocks above 64 KiB; a "
    "reader killed with the lock stops all others",
}

supported = transports.semaphores
helper_usage = transports.no_helper


def open(context):
    return context.Queue()


def sender(channel, side):
    del side
    return Sender(channel.put)


def _filled(queue):
    empty = queue.empty
    return lambda: not empty()


def receiver(channel, side):
    del side
    return Receiver(channel.get, poll=_filled(channel))


def close(channel):
    channel.close()


def facts(channel):
    return dict(transports.protocol_facts(), capacity=transports.pipe_capacity(channel._writer))
