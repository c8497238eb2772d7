"""socket.socketpair(): a UNIX stream; a length and a pickle, as one writes it by hand."""

from __future__ import absolute_import

import select
import socket
import struct

import transports
from transports import Receiver, Sender

LABEL = "socketpair (stream)"
ROLE = "objects"
SUMMARY = "socket.socketpair(): a UNIX stream; a length and our own pickle, highest protocol"
SHARED = False
DUPLEX = True
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, C pickle with the highest protocol",
    "holds": "the socket's buffers: some 280 small messages",
    "pitfalls": "a stream has no messages: without a length in front of each, reads split and "
    "join them; both ends sending first deadlock once the buffers are full",
}

_LENGTH = struct.Struct("<I")
_JOINED = 16384  # a larger pickle is sent on its own: to put its length before it would copy it

supported = transports.always_supported
helper_usage = transports.no_helper


def open(context):
    del context
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def sender(channel, side):
    sendall, pack = channel[side].sendall, _LENGTH.pack
    dumps, protocol = transports.dumps, transports.PROTOCOL

    def send(message):
        data = dumps(message, protocol)
        if len(data) > _JOINED:
            sendall(pack(len(data)))
            sendall(data)
        else:
            sendall(pack(len(data)) + data)

    return Sender(send)


def receiver(channel, side):
    end = channel[side]
    recv, unpack, loads = end.recv, _LENGTH.unpack, transports.loads
    size, wait_for_all = _LENGTH.size, socket.MSG_WAITALL

    def receive():
        head = recv(size, wait_for_all)
        if len(head) < size:
            head = _whole(recv, head, size)
        length = unpack(head)[0]
        data = recv(length, wait_for_all)
        if len(data) < length:
            data = _whole(recv, data, length)
        return loads(data)

    return Receiver(receive, poll=lambda: select.select([end], [], [], 0)[0], handle=end)


def _whole(recv, data, size):
    """Read what is missing of `size` bytes; EOFError where the other end was closed before."""
    while len(data) < size:
        part = recv(size - len(data))
        if not part:
            raise EOFError("the socket was closed within a message")
        data += part
    return data


def close(channel):
    for end in channel:
        end.close()


def facts(channel):
    return dict(
        transports.protocol_facts(transports.PROTOCOL),
        capacity=transports.socket_capacity(channel[0]),
    )
