"""A list of a Redis server over a UNIX socket: RPUSH and BLPOP, one message a round trip."""

from __future__ import absolute_import

import os
import shutil
import socket
import subprocess
import tempfile
import time

import compat
import processes
import transports
from transports import Receiver, Sender, packages

LABEL = "Redis list"
ROLE = "objects"
SUMMARY = "a list of a Redis server over a UNIX socket: RPUSH and BLPOP, no persistence"
SHARED = True
DUPLEX = False
LAUNCH = "process"
HELPER = True
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, C pickle with the highest protocol",
    "holds": "unbounded, in the server's memory",
    "needs": "redis (the client), redis-server",
    "versions": "2.7 and newer",
    "pitfalls": "each message is a round trip to the server on both sides, unless it is pipelined; "
    "persistence, which is on by default, is off here",
}

_STARTING = 10.0
_SEARCHED = "/usr/bin:/usr/local/bin"


def _program():
    folders = (os.environ.get("PATH", "") + ":" + _SEARCHED).split(":")
    paths = [os.path.join(one, "redis-server") for one in folders if os.path.isabs(one)]
    return next((path for path in paths if os.access(path, os.X_OK)), None)


def supported():
    lacks = packages.lacks("redis", "redis")
    return lacks or ("" if _program() else "there is no program redis-server on this machine")


class Channel(object):
    """Where the server listens, and in the supervising process the server itself."""

    def __init__(self, cores):
        self.folder = tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "socket")
        parent = os.getpid()

        def begin():
            compat.die_with_parent(parent)
            if cores:
                compat.run_on(cores)

        with open_file(os.devnull, "r+") as nothing:
            self.server = subprocess.Popen(
                [_program(), "--port", "0", "--unixsocket", self.path, "--save", "",
                 "--appendonly", "no", "--dir", self.folder, "--daemonize", "no"],
                stdin=nothing, stdout=nothing, stderr=nothing, preexec_fn=begin,  # noqa: PLW1509, no threads here
            )
        self._await()

    def _await(self):
        deadline = compat.now() + _STARTING
        while self.server.poll() is None and compat.now() < deadline:
            end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                end.connect(self.path)
                return
            except (IOError, OSError):
                time.sleep(0.002)
            finally:
                end.close()
        close(self)
        raise transports.Unsuitable("redis-server does not start: see what it says by hand")

    def __getstate__(self):
        return self.path

    def __setstate__(self, path):
        self.path = path

    def client(self):
        import redis

        return redis.Redis(unix_socket_path=self.path)


open_file = open


def open(context, cores=()):
    del context
    return Channel(cores)


def sender(channel, side):
    del side
    push, dumps, protocol = channel.client().rpush, transports.dumps, transports.PROTOCOL
    return Sender(lambda message: push("messages", dumps(message, protocol)))


def receiver(channel, side):
    del side
    client = channel.client()
    pop, loads = client.blpop, transports.loads
    return Receiver(
        lambda: loads(pop("messages")[1]), poll=lambda: client.llen("messages") > 0
    )


def close(channel):
    if channel.server.poll() is None:
        channel.server.kill()
    channel.server.wait()
    shutil.rmtree(channel.folder, ignore_errors=True)


def facts(channel):
    del channel
    return dict(
        transports.protocol_facts(transports.PROTOCOL), capacity="unbounded",
        **packages.facts("redis", "redis")
    )


def helper_usage(channel):
    return processes.usage(channel.server.pid)
