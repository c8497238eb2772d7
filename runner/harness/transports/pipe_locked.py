"""One simplex Pipe shared by many processes, with a lock at each end."""

from __future__ import absolute_import

from itertools import repeat

import transports
from compat import counting
from transports import Receiver, Sender

LABEL = "Pipe with locks"
ROLE = "objects"
SUMMARY = "one Pipe(duplex=False) for many processes, a lock at each end"
SHARED = True
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, inside the writers' lock",
    "holds": "64 KiB: the pipe",
    "needs": "semaphores",
    "pitfalls": "a process killed with a lock in its hand stops all others",
}

supported = transports.semaphores
helper_usage = transports.no_helper


class LockedSender(Sender):
    """Holds the writers' lock for each message."""

    def __init__(self, end, lock):
        self.end = end
        self.lock = lock
        Sender.__init__(self, self._send)

    def _send(self, message):
        with self.lock:
            self.end.send(message)

    def send_each(self, messages):
        send, lock = self.end.send, self.lock
        for message in messages:
            with lock:
                send(message)


class LockedReceiver(Receiver):
    """Holds the readers' lock for each message."""

    def __init__(self, end, lock):
        self.end = end
        self.lock = lock
        Receiver.__init__(self, self._receive, poll=end.poll, handle=end)

    def _receive(self):
        with self.lock:
            return self.end.recv()

    def receive_each(self, count):
        receive, lock = self.end.recv, self.lock
        message = None
        for _ in repeat(None, count):
            with lock:
                message = receive()
        return message

    def receive_until_end(self):
        receive, lock = self.end.recv, self.lock
        count = 0
        while True:
            with lock:
                message = receive()
            if message is None:
                return count
            count += 1

    def receive_at_most(self, count):
        receive, lock = self.end.recv, self.lock
        for came in counting(count):
            with lock:
                message = receive()
            if message is None:
                return came
        return count


def open(context):
    reading, writing = context.Pipe(False)
    return reading, writing, context.Lock(), context.Lock()


def sender(channel, side):
    del side
    return LockedSender(channel[1], channel[3])


def receiver(channel, side):
    del side
    return LockedReceiver(channel[0], channel[2])


def close(channel):
    channel[0].close()
    channel[1].close()


def facts(channel):
    return dict(transports.protocol_facts(), capacity=transports.pipe_capacity(channel[1]))
