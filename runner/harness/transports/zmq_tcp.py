"""ZeroMQ's PUSH and PULL over TCP on the loopback."""

from __future__ import absolute_import

import transports
from transports import zmq_ipc

LABEL = "ZeroMQ PUSH/PULL (tcp)"
ROLE = "objects"
SUMMARY = "pyzmq's PUSH and PULL over TCP on the loopback; ZeroMQ sets TCP_NODELAY"
SHARED = True
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = dict(
    zmq_ipc.ABOUT, pitfalls="as zmq_ipc; over a network anybody may connect: it needs CURVE"
)

supported = zmq_ipc.supported
helper_usage = transports.no_helper
close = zmq_ipc.close
ends = zmq_ipc.ends
sender = zmq_ipc.sender
receiver = zmq_ipc.receiver
facts = zmq_ipc.facts


def open(context):
    del context
    return zmq_ipc.Channel("tcp://127.0.0.1:*")
