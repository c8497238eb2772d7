"""multiprocessing.Pool.imap: the messages are tasks, the results come back one by one."""

from __future__ import absolute_import

import transports
from transports import pools

LABEL = "Pool.imap"
ROLE = "objects"
SUMMARY = "Pool.imap: messages as tasks, one a chunk unless said otherwise; results as they come"
SHARED = True
DUPLEX = False
LAUNCH = "process"
TASKS = True
PAYLOADS = None
TOPOLOGIES = ("scatter_gather",)
PARAMETER = pools.CHUNK
ABOUT = {
    "serialises": "a thread of the producer, chunk by chunk, ForkingPickler; results: the workers",
    "holds": "unbounded, in the producer's memory",
    "order": "results come back in the order of the messages",
    "needs": "semaphores",
    "pitfalls": "its chunk is 1 unless said otherwise; the messages are taken as fast as they "
    "are made, however slow the workers are; a worker that dies is replaced, and its results "
    "never come",
}

supported = transports.semaphores
helper_usage = transports.no_helper
open = pools.open
ends = pools.ends
close = transports.nothing_to_close
facts = pools.facts


def sender(channel, side):
    del side
    return pools.of_a_pool(channel, "imap")
