"""A sender thread in front of a simplex Pipe: what a Queue does, without its locks."""

from __future__ import absolute_import

import threading
from collections import deque

import transports
from transports import Sender, pipe_simplex

LABEL = "Pipe with a sender thread"
ROLE = "objects"
SUMMARY = "a sender thread with an unbounded buffer in front of Pipe(duplex=False)"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "a thread of the sender, later",
    "holds": "unbounded, in the sender's memory",
    "pitfalls": "what is changed after it was sent arrives changed; memory grows where the "
    "reader is slower",
}

supported = transports.always_supported
helper_usage = transports.no_helper
open = pipe_simplex.open
receiver = pipe_simplex.receiver
close = pipe_simplex.close
facts = pipe_simplex.facts


class Buffer(object):
    """The unbounded buffer, and the thread that empties it into the pipe."""

    def __init__(self, send):
        self._send = send
        self._waiting = deque()
        self._filled = threading.Condition(threading.Lock())
        thread = threading.Thread(target=self._empty)
        # The process must be able to leave while the thread waits; what was put before the
        # last END has been received by then.
        thread.daemon = True
        thread.start()

    def put(self, message):
        with self._filled:
            self._waiting.append(message)
            self._filled.notify()

    def _empty(self):
        waiting, filled, send = self._waiting, self._filled, self._send
        while True:
            with filled:
                while not waiting:
                    filled.wait()
            while waiting:
                send(waiting.popleft())


def sender(channel, side):
    del side
    return Sender(Buffer(channel[1].send).put)
