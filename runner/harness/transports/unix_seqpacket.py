"""A UNIX socket that keeps messages apart: many may send and receive without a lock."""

from __future__ import absolute_import

import select
import socket

import transports
from transports import Receiver, Sender

LABEL = "socketpair (SEQPACKET)"
ROLE = "objects"
SUMMARY = "socket.socketpair() with SOCK_SEQPACKET: a pickle is a packet, shared without a lock"
SHARED = True
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, C pickle with the highest protocol",
    "holds": "the socket's buffer: some 280 small messages",
    "needs": "Linux",
    "pitfalls": "a message is at most as large as the socket's send buffer, to which "
    "net.core.wmem_max sets a limit",
}

_OVERHEAD = 32  # of a packet, in the send buffer

supported = transports.always_supported
helper_usage = transports.no_helper


class Channel(object):
    """Both ends, and how large a packet may be."""

    def __init__(self):
        self.reading, self.writing = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.most = self._room()

    def _room(self):
        return self.writing.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) - _OVERHEAD


def open(context):
    del context
    return Channel()


def fit(channel, payload):
    """Make room for one packet; Unsuitable where the system gives no such buffer."""
    size = transports.largest(payload)
    if size > channel.most:
        channel.writing.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size + _OVERHEAD)
        channel.most = channel._room()
    if size > channel.most:
        raise transports.Unsuitable(
            "a message of %d bytes does not fit into a packet: %d bytes at most here, which "
            "net.core.wmem_max limits" % (size, channel.most)
        )


def sender(channel, side):
    del side
    send, dumps, protocol = channel.writing.send, transports.dumps, transports.PROTOCOL
    return Sender(lambda message: send(dumps(message, protocol)))


def receiver(channel, side):
    del side
    end = channel.reading
    recv_into, loads = end.recv_into, transports.loads_view
    buffer = bytearray(channel.most)
    whole = memoryview(buffer)

    def receive():
        size = recv_into(buffer)
        if not size:
            raise EOFError("the socket was closed")
        return loads(whole[:size])

    return Receiver(receive, poll=lambda: select.select([end], [], [], 0)[0], handle=end)


def close(channel):
    channel.reading.close()
    channel.writing.close()


def facts(channel):
    return dict(transports.protocol_facts(transports.PROTOCOL), capacity=str(channel.most))
