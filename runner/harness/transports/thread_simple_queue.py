"""queue.SimpleQueue between threads: a queue in C, without maxsize and task_done."""

from __future__ import absolute_import

import transports
from transports import thread_queue

try:
    from queue import SimpleQueue  # novm
except ImportError:
    SimpleQueue = None

LABEL = "queue.SimpleQueue (threads)"
ROLE = "threads"
SUMMARY = "queue.SimpleQueue between threads of one process: written in C, no copy"
SHARED = True
DUPLEX = False
LAUNCH = "thread"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": thread_queue.ABOUT["serialises"],
    "holds": "unbounded",
    "versions": "3.7 and newer",
    "pitfalls": "no bound: a sender that is faster fills the memory; no task_done and join",
}

helper_usage = transports.no_helper
close = transports.nothing_to_close
sender = thread_queue.sender
receiver = thread_queue.receiver
facts = thread_queue.facts


def supported():
    return "" if SimpleQueue else "queue.SimpleQueue came with Python 3.7"


def open(context):
    del context
    return SimpleQueue()
