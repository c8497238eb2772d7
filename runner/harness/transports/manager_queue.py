"""Manager().Queue(): a queue in a server process, reached through a proxy."""

from __future__ import absolute_import

from multiprocessing.managers import SyncManager

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


def _server_usage():
    return compat.usage()


class Server(SyncManager):
    """A SyncManager that knows what its server process has used."""


Server.register("Usage", callable=_server_usage)


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
    manager = Server() if compat.PY2 else Server(ctx=context)
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
    return compat.Usage(*channel.manager.Usage()._getvalue())
