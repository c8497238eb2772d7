"""ZeroMQ's PUSH and PULL over a UNIX socket: threads of its own send and receive."""

from __future__ import absolute_import

import io
import os
import shutil
import tempfile
import time

import transports
from transports import Receiver, Sender, packages

LABEL = "ZeroMQ PUSH/PULL (ipc)"
ROLE = "objects"
SUMMARY = "pyzmq's PUSH and PULL over ipc: a thread of ZeroMQ's sends and receives"
SHARED = True
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, C pickle with the highest protocol",
    "holds": "1,000 messages on each side; unbounded with several receivers here",
    "order": "kept; PUSH deals its messages out in turn",
    "needs": "pyzmq",
    "versions": "all but PyPy 2.7",
    "pitfalls": "PUSH deals out in turn to those that are connected, ready or not: who comes late "
    "gets less; a context must be made after the fork; on leaving, what is unsent is waited for or "
    "dropped (LINGER)",
}

helper_usage = transports.no_helper
PLACE = "ipc://%s/socket"


def supported():
    return packages.lacks("zmq", "pyzmq")


class Channel(object):
    """A folder in which the end that binds leaves its address, and how many hold each end."""

    context = None  # that of threads, which share it
    connected = None  # counts threads that have connected: of them no monitor hears

    def __init__(self, place):
        self.folder = tempfile.mkdtemp()
        self.place = place % self.folder if "%s" in place else place
        self.senders = self.receivers = 1

    def leave(self, address):
        """Let the ends that connect know where the one that binds is."""
        path = os.path.join(self.folder, "address")
        with io.open(path + "-", "w") as stream:
            stream.write(address)
        os.rename(path + "-", path)

    def address(self):
        """Return where to connect, "" while nobody has bound."""
        path = os.path.join(self.folder, "address")
        if not os.path.exists(path):
            return ""
        with io.open(path) as stream:
            return stream.read()


def open(context):
    del context
    return Channel(PLACE)


def ends(channel, senders, receivers):
    """Note how many roles hold each end: where there is one it binds, the others connect."""
    channel.senders, channel.receivers = senders, receivers


def sender(channel, side):
    del side
    import zmq

    send = joined(channel, zmq.PUSH, channel.receivers > 1, channel.receivers).send
    dumps, protocol = transports.dumps, transports.PROTOCOL
    return Sender(lambda message: send(dumps(message, protocol)))


def receiver(channel, side):
    del side
    import zmq

    end = joined(channel, zmq.PULL, channel.receivers == 1)
    recv, loads = end.recv, transports.loads
    return Receiver(lambda: loads(recv()), poll=lambda: bool(end.poll(0)))


def joined(channel, kind, binds, peers=0):
    """Return a socket that has bound, and has as many peers, or that has connected."""
    import zmq

    context = channel.context or zmq.Context.instance()
    socket = context.socket(kind)
    socket.linger = 0  # what a trial has sent it has received before it ends
    if channel.receivers > 1:
        # PUSH passes over a peer that is full: the ENDs, one for each, would go astray.
        socket.sndhwm = socket.rcvhwm = 0
    if not binds:
        while not channel.address():
            time.sleep(0.001)
        socket.connect(channel.address())
        if channel.connected:
            channel.connected.release()
        return socket
    monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    socket.bind(channel.place)
    channel.leave(socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode("ascii"))
    for _ in range(peers):
        (channel.connected.acquire if channel.connected else monitor.recv_multipart)()
    socket.disable_monitor()
    socket.getsockopt(zmq.EVENTS)  # takes the peers up at once
    return socket


def close(channel):
    shutil.rmtree(channel.folder, ignore_errors=True)


def facts(channel):
    held = "unbounded" if channel.receivers > 1 else "1000 messages on each side"
    return dict(versions(), capacity=held)


def versions():
    """Return what pickles and what moves the messages."""
    return dict(
        transports.protocol_facts(transports.PROTOCOL), **packages.facts("zmq", "pyzmq")
    )
