"""concurrent.futures.ProcessPoolExecutor.map: what the documents advise for work on many cores."""

from __future__ import absolute_import

import sys

import compat
import transports
from transports import pools

LABEL = "ProcessPoolExecutor.map"
ROLE = "objects"
SUMMARY = "ProcessPoolExecutor.map: messages as tasks, one a chunk unless said otherwise"
SHARED = True
DUPLEX = False
LAUNCH = "process"
TASKS = True
PAYLOADS = None
TOPOLOGIES = ("scatter_gather",)
PARAMETER = pools.CHUNK
ABOUT = {
    "serialises": "a thread of the producer, ForkingPickler; results: the workers",
    "holds": "all tasks in the producer's memory; one more than workers on their way",
    "order": "results come back in the order of the messages",
    "needs": "semaphores",
    "versions": "3.7 and newer",
    "pitfalls": "its chunk is 1 unless said otherwise, of which each takes some 100 us: it is for "
    "tasks that take longer; a worker that dies breaks the pool (BrokenProcessPool)",
}

helper_usage = transports.no_helper
open = pools.open
ends = pools.ends
close = transports.nothing_to_close
facts = pools.facts


def supported():
    if sys.version_info < (3, 7):
        return "ProcessPoolExecutor takes a start method and an initialiser from Python 3.7 on"
    return transports.semaphores()


def sender(channel, side):
    del side
    from concurrent.futures import ProcessPoolExecutor  # novm

    executor = ProcessPoolExecutor(
        channel.workers,
        mp_context=compat.context(channel.method),
        initializer=pools.begin,
        initargs=pools.initialiser(channel),
    )
    return pools.of_an_executor(channel, executor)
