"""A manager's queue handed to Pool methods: the proxy travels as an argument."""

from __future__ import absolute_import

from transports import manager_queue

LABEL = "Manager().Queue in a Pool"
ROLE = "objects"
SUMMARY = "Manager().Queue() between workers of a Pool, the proxy as an argument"
SHARED = True
DUPLEX = False
LAUNCH = "pool"
HANDED = "argument"
HELPER = True
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "as Manager().Queue",
    "holds": "as Manager().Queue",
    "needs": "semaphores",
    "pitfalls": "as Manager().Queue; a Pool replaces a worker that died, and its task is lost",
}

supported = manager_queue.supported
open = manager_queue.open
sender = manager_queue.sender
receiver = manager_queue.receiver
close = manager_queue.close
facts = manager_queue.facts
helper_usage = manager_queue.helper_usage
