"""multiprocessing.connection over TCP on the loopback, as Listener and Client set it up."""

from __future__ import absolute_import

from multiprocessing.connection import Listener

import transports
from transports import listener_unix

LABEL = "Listener (TCP)"
ROLE = "objects"
SUMMARY = "multiprocessing.connection.Listener and Client over TCP, as they come"
SHARED = False
DUPLEX = True
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": listener_unix.ABOUT["serialises"],
    "holds": "the sockets' buffers, which grow: some hundred KiB to some MiB",
    "pitfalls": "round trips of messages above 16 KiB take 88 ms: header and content are two "
    "writes, and Nagle's algorithm waits for a delayed acknowledgement",
}

supported = transports.always_supported
helper_usage = transports.no_helper
sender = listener_unix.sender
receiver = listener_unix.receiver
close = listener_unix.close
facts = listener_unix.facts


def open(context):
    del context
    return listener_unix.connected(Listener(("127.0.0.1", 0)))
