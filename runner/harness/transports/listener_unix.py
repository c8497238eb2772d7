"""multiprocessing.connection over a UNIX socket with a name: Listener and Client."""

from __future__ import absolute_import

from multiprocessing.connection import Client, Listener

import transports
from transports import pipe

LABEL = "Listener (UNIX)"
ROLE = "objects"
SUMMARY = "multiprocessing.connection.Listener and Client over a UNIX socket; send and recv"
SHARED = False
DUPLEX = True
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": pipe.ABOUT["serialises"],
    "holds": pipe.ABOUT["holds"],
    "pitfalls": "accept takes one client at a time, and waits for its handshake where there is "
    "an authkey; the socket's file is left where the listener is killed",
}

supported = transports.always_supported
helper_usage = transports.no_helper
sender = pipe.sender
receiver = pipe.receiver
close = pipe.close
facts = pipe.facts


def open(context):
    del context
    return connected(Listener(family="AF_UNIX"))


def connected(listener):
    """Return both ends of a connection: the kernel completes one before it is accepted."""
    try:
        client = Client(listener.address)
        return listener.accept(), client
    finally:
        listener.close()  # which removes the socket's file
