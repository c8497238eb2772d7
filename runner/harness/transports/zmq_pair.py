"""ZeroMQ's PAIR over a UNIX socket: two ends, both ways."""

from __future__ import absolute_import

import transports
from transports import Receiver, Sender, zmq_ipc

LABEL = "ZeroMQ PAIR (ipc)"
ROLE = "objects"
SUMMARY = "pyzmq's PAIR over ipc: two ends that both send and receive"
SHARED = False
DUPLEX = True
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = ("one_to_one", "fan_out", "request_reply", "request_reply_poll")
ABOUT = dict(
    zmq_ipc.ABOUT,
    holds="1,000 messages on each side",
    order="kept",
    pitfalls="exactly two ends; a round trip wakes the threads of ZeroMQ too: slower than a Pipe's",
)

supported = zmq_ipc.supported
helper_usage = transports.no_helper
close = zmq_ipc.close
open = zmq_ipc.open
facts = zmq_ipc.facts


def _end(channel, side):
    """Return the one socket of this process."""
    import zmq

    if not hasattr(channel, "socket"):
        channel.socket = zmq_ipc.joined(channel, zmq.PAIR, binds=side == 0)
    return channel.socket


def sender(channel, side):
    send = _end(channel, side).send
    dumps, protocol = transports.dumps, transports.PROTOCOL
    return Sender(lambda message: send(dumps(message, protocol)))


def receiver(channel, side):
    end = _end(channel, side)
    recv, loads = end.recv, transports.loads
    return Receiver(lambda: loads(recv()), poll=lambda: bool(end.poll(0)))
