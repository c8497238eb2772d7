"""multiprocessing.SimpleQueue: a simplex Pipe with a lock at each end."""

from __future__ import absolute_import

import compat
import transports
from transports import Receiver, Sender, queue

LABEL = "SimpleQueue"
ROLE = "objects"
SUMMARY = "multiprocessing.SimpleQueue(): a locked pipe, no thread"
SHARED = True
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, before it takes the lock; ForkingPickler",
    "holds": "64 KiB: the pipe",
    "needs": "semaphores",
    "pitfalls": "no timeout, no qsize; joining before draining deadlocks here too",
}

supported = transports.semaphores
helper_usage = transports.no_helper
open = compat.simple_queue
facts = queue.facts


def sender(channel, side):
    del side
    return Sender(channel.put)


def receiver(channel, side):
    del side
    return Receiver(channel.get, poll=queue._filled(channel))


def close(channel):
    # SimpleQueue.close came with 3.9.
    channel._reader.close()
    channel._writer.close()
