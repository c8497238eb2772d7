"""multiprocessing.connection over TCP with TCP_NODELAY, which it has no option for."""

from __future__ import absolute_import

import socket

import transports
from transports import listener_tcp

LABEL = "Listener (TCP_NODELAY)"
ROLE = "objects"
SUMMARY = "multiprocessing.connection.Listener and Client over TCP, TCP_NODELAY set on both ends"
SHARED = False
DUPLEX = True
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": listener_tcp.ABOUT["serialises"],
    "holds": listener_tcp.ABOUT["holds"],
    "pitfalls": "multiprocessing has no option for it: the socket is reached by "
    "socket.fromfd(connection.fileno(), ...)",
}

supported = transports.always_supported
helper_usage = transports.no_helper
sender = listener_tcp.sender
receiver = listener_tcp.receiver
close = listener_tcp.close
facts = listener_tcp.facts


def open(context):
    channel = listener_tcp.open(context)
    for end in channel:
        copy = socket.fromfd(end.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        copy.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        copy.close()
    return channel
