"""nng's pair over a UNIX socket, by pynng: ZeroMQ's successor by one of its authors."""

from __future__ import absolute_import

import os
import shutil
import tempfile
import time

import transports
from transports import Receiver, Sender, packages

LABEL = "nng pair (ipc)"
ROLE = "objects"
SUMMARY = "pynng.Pair0 over ipc: two ends that both send and receive"
SHARED = False
DUPLEX = True
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = ("one_to_one", "fan_out", "request_reply", "request_reply_poll")
ABOUT = {
    "serialises": "caller, C pickle with the highest protocol",
    "holds": "one message, and the socket's buffers",
    "needs": "pynng",
    "versions": "3.6 to 3.14",
    "pitfalls": "a process that is forked after nng was used aborts: import it after the fork, or "
    "spawn; messages above 1 MB are dropped unless recv_max_size says otherwise",
}
POLLS = False

helper_usage = transports.no_helper


def supported():
    return packages.lacks("pynng", "pynng")


class Channel(object):
    """Where the socket is."""

    def __init__(self):
        self.address = "ipc://" + os.path.join(tempfile.mkdtemp(), "socket")


def open(context):
    del context
    return Channel()


def _end(channel, side):
    """Return the one socket of this process: side 0 listens, side 1 dials."""
    if not hasattr(channel, "socket"):
        import pynng  # in the role's own process

        channel.socket = pynng.Pair0(recv_max_size=0)
        if side == 0:
            channel.socket.listen(channel.address)
        else:
            _dial(channel, pynng.NNGException)
    return channel.socket


def _dial(channel, refused):
    while True:
        try:
            channel.socket.dial(channel.address, block=True)
            return
        except refused:
            time.sleep(0.001)  # it does not listen yet


def sender(channel, side):
    send, dumps, protocol = _end(channel, side).send, transports.dumps, transports.PROTOCOL
    return Sender(lambda message: send(dumps(message, protocol)))


def receiver(channel, side):
    recv, loads = _end(channel, side).recv, transports.loads
    return Receiver(lambda: loads(recv()))


def close(channel):
    shutil.rmtree(os.path.dirname(channel.address[len("ipc://") :]), ignore_errors=True)


def facts(channel):
    del channel
    return dict(
        transports.protocol_facts(transports.PROTOCOL), capacity="1 message",
        **packages.facts("pynng", "pynng")
    )
