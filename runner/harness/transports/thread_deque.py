"""collections.deque between threads: append and popleft are atomic, and nothing waits."""

from __future__ import absolute_import

import time
from collections import deque

import transports
from transports import Receiver, Sender, thread_queue

LABEL = "deque (threads)"
ROLE = "threads"
SUMMARY = "collections.deque between threads: append and popleft; who finds it empty looks again"
SHARED = True
DUPLEX = False
LAUNCH = "thread"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": thread_queue.ABOUT["serialises"],
    "holds": "unbounded; with maxlen it drops messages instead of waiting",
    "pitfalls": "there is nothing to wait for: an empty deque is looked at again and again, which "
    "takes the GIL from the sender; a free-threaded build locks it for each access",
}

TURNS = 10000  # so often an empty deque is looked at in a row; then now and then
NAP = 0.02

supported = transports.always_supported
helper_usage = transports.no_helper
close = transports.nothing_to_close
facts = thread_queue.facts


def open(context):
    del context
    return deque()


def sender(channel, side):
    del side
    return Sender(channel.append)


def receiver(channel, side):
    del side
    popleft, sleep = channel.popleft, time.sleep

    def receive():
        turns = 0
        while True:
            try:
                return popleft()
            except IndexError:
                sleep(0 if turns < TURNS else NAP)
                turns += 1

    return Receiver(receive, poll=lambda: bool(channel))
