"""loky's executor: joblib's, with workers that are started anew and pickle more."""

from __future__ import absolute_import

import os

import transports
from transports import packages, pools, process_pool_executor

LABEL = "loky.map"
ROLE = "objects"
SUMMARY = "loky.ProcessPoolExecutor.map: joblib's executor, whose workers are fresh interpreters"
SHARED = True
DUPLEX = False
LAUNCH = "process"
TASKS = True
PAYLOADS = None
TOPOLOGIES = ("scatter_gather",)
PARAMETER = pools.CHUNK
ABOUT = dict(
    process_pool_executor.ABOUT,
    serialises="a thread of the producer, cloudpickle; results: the workers",
    needs="loky, semaphores",
    versions="2.7 and newer",
    pitfalls="its workers take a tenth of a second to start; otherwise as ProcessPoolExecutor; "
    "the start method is its own",
)

helper_usage = transports.no_helper
open = pools.open
ends = pools.ends
close = transports.nothing_to_close


def supported():
    return packages.lacks("loky", "loky") or transports.semaphores()


def sender(channel, side):
    del side
    import loky

    executor = loky.ProcessPoolExecutor(
        channel.workers, initializer=pools.begin, initargs=(os.getpid(), channel.cores)
    )
    return pools.of_an_executor(channel, executor)


def facts(channel):
    return dict(pools.facts(channel), **packages.facts("loky", "loky"))
