"""multiprocessing.Pool.map: the messages are tasks, the results come back as one list."""

from __future__ import absolute_import

import transports
from transports import pools

LABEL = "Pool.map"
ROLE = "objects"
SUMMARY = "Pool.map: messages as tasks in chunks, their results back as one list"
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
    "pitfalls": "the chunk decides: one message a chunk takes some 20 us, large chunks a "
    "hundredth; an object that is in a chunk twice moves once (pickle's memo), so each message is "
    "an object of its own here; all messages are listed first; a worker that dies is replaced, and "
    "map waits for good",
}

supported = transports.semaphores
helper_usage = transports.no_helper
open = pools.open
ends = pools.ends
close = transports.nothing_to_close
facts = pools.facts


def sender(channel, side):
    del side
    return pools.of_a_pool(channel, "map")
