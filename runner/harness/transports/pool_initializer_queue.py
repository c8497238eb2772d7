"""A multiprocessing.Queue between workers of a Pool, handed over by the Pool's initializer."""

from __future__ import absolute_import

from transports import queue

LABEL = "Queue in a Pool"
ROLE = "objects"
SUMMARY = "multiprocessing.Queue() between workers of a Pool, handed by initializer"
SHARED = True
DUPLEX = False
LAUNCH = "pool"
HANDED = "initializer"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "as Queue",
    "holds": "as Queue",
    "needs": "semaphores",
    "pitfalls": "as Queue; given as an argument of a task instead it raises RuntimeError",
}

supported = queue.supported
open = queue.open
sender = queue.sender
receiver = queue.receiver
close = queue.close
facts = queue.facts
helper_usage = queue.helper_usage
