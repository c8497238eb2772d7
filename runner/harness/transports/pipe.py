"""multiprocessing.Pipe(): duplex, a socketpair."""

from __future__ import absolute_import

import transports
from transports import Receiver, Sender

LABEL = "Pipe"
ROLE = "objects"
SUMMARY = "Pipe(): duplex, a socketpair; send and recv"
SHARED = False
DUPLEX = True
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, ForkingPickler with the default protocol; 2.7: C code, protocol 2",
    "holds": "the socket's buffers: some 280 small messages",
    "pitfalls": "both ends sending first deadlock at 300 kB; no lock; a reader must close its "
    "copy of the other end, or the end never comes",
}

supported = transports.always_supported
helper_usage = transports.no_helper


def open(context):
    return context.Pipe()


def sender(channel, side):
    return Sender(channel[side].send)


def receiver(channel, side):
    end = channel[side]
    return Receiver(end.recv, poll=end.poll, handle=end)


def close(channel):
    for end in channel:
        end.close()


def facts(channel):
    return dict(
        transports.protocol_facts(), capacity=transports.socket_capacity(channel[0])
    )
