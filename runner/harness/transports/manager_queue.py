"""Manager().Queue(): a queue in a server process, reached through a proxy."""

from __future__ import absolute_import

from multiprocessing import managers

import compat
import guard
import transports
from transports import Receiver, Sender

LABEL = "Manager().Queue"
ROLE = "objects"
SUMMARY = "Manager().Queue(): a queue in a server process, two round trips a message"
SHARED = True
DUPLEX = False
LAUNCH = "process"
HELPER = True
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, and the server once more",
    "holds": "unbounded, in the server's memory",
    "needs": "semaphores",
    "pitfalls": "two round trips a message; the server process takes a core of its own",
}

supported = transports.semaphores


class Server(managers.Server):
    """A server that says what its process has used.

    In one request: an object of its own for it, with a proxy, takes five connections, each with a
    handshake and a thread of the server's, and the last of them fell into the timed phase.
    """

    public = list(managers.Server.public) + ["usage"]

    def usage(self, connection):
        del connection
        return tuple(compat.usage())


class Manager(managers.SyncManager):
    """A SyncManager with that server."""

    _Server = Server

    def usage(self):
        """Return the compat.Usage of the server process."""
        connection = self._Client(self._address, authkey=self._authkey)
        try:
            return compat.Usage(*managers.dispatch(connection, None, "usage"))
        finally:
            connection.close()


class Channel(object):
    """The proxy, and in the supervising process the manager behind it."""

    def __init__(self, manager, queue):
        self.manager = manager
        self.queue = queue

    def __getstate__(self):
        return self.queue

    def __setstate__(self, state):
        self.manager = None
        self.queue = state


def _begin(parent, cores):
    compat.die_with_parent(parent)
    if cores:
        compat.run_on(cores)
    guard.print_stacks_on_request("manager")


def open(context, cores=()):
    manager = Manager() if compat.PY2 else Manager(ctx=context)
    manager.start(_begin, (compat.parent_of_children(context), cores))
    return Channel(manager, manager.Queue())


def sender(channel, side):
    del side
    return Sender(channel.queue.put)


def receiver(channel, side):
    del side
    empty = channel.queue.empty
    return Receiver(channel.queue.get, poll=lambda: not empty())


def close(channel):
    channel.manager.shutdown()


def facts(channel):
    del channel
    return transports.protocol_facts()


def helper_usage(channel):
    return channel.manager.usage()
