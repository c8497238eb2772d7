"""ZeroMQ's PUSH and PULL between threads of one process."""

from __future__ import absolute_import

import threading

import transports
from transports import zmq_ipc

LABEL = "ZeroMQ PUSH/PULL (inproc)"
ROLE = "threads"
SUMMARY = "pyzmq's PUSH and PULL between threads of one process, over a context that they share"
SHARED = True
DUPLEX = False
LAUNCH = "thread"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = dict(
    zmq_ipc.ABOUT,
    pitfalls="a socket belongs to one thread; both ends need the same context; messages are "
    "pickled here as elsewhere",
)

supported = zmq_ipc.supported
helper_usage = transports.no_helper
close = transports.nothing_to_close
ends = zmq_ipc.ends
sender = zmq_ipc.sender
receiver = zmq_ipc.receiver


class Channel(object):
    """An address for the threads of one process, who share a context and need no folder."""

    place = "inproc://ipcmatrix"
    bound = ""

    def __init__(self, context):
        del context
        import zmq

        self.context = zmq.Context()
        self.connected = threading.Semaphore(0)
        self.senders = self.receivers = 1

    def leave(self, address):
        self.bound = address

    def address(self):
        return self.bound


open = Channel


def facts(channel):
    del channel  # it is made in the process whose threads use it
    held = "1000 messages on each side; unbounded for several workers"
    return dict(zmq_ipc.versions(), capacity=held)
