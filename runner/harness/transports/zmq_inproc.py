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
close = zmq_ipc.close
ends = zmq_ipc.ends
sender = zmq_ipc.sender
receiver = zmq_ipc.receiver


def open(context):
    del context
    import zmq

    channel = zmq_ipc.Channel("inproc://%s")
    channel.context = zmq.Context.instance()
    channel.connected = threading.Semaphore(0)
    return channel


def facts(channel):
    del channel
    return zmq_ipc.facts(zmq_ipc.Channel(""))
