"""How messages travel: one file a transport, loaded by name.

A transport is a module with

    LABEL       its name in reports
    ROLE        "objects": moves objects between processes; "bound": an upper bound, moves none;
                "threads": stays inside one process
    SUMMARY     one sentence
    SHARED      True: many processes may use one end (a queue); False: one channel for each pair
    DUPLEX      True: one channel carries both ways
    LAUNCH      "process", "thread", "interpreter" or "pool": where producers and workers run
    PAYLOADS    the payload names that it can carry, or None for any
    TOPOLOGIES  the topology names that it serves, or None for any

    START_METHODS  where there is one: the only start methods under which it works
    ABOUT       for docs/transports.md: who "serialises" and where, what the channel "holds", what
                it "needs", its "versions", its "order" and "pitfalls"
    HELPER      where there is one: True: open starts a process of its own for each channel
    TASKS       where there is one: True: its workers are its own; its Sender has exchange, usages,
                watch and dismiss (see transports/pools.py)
    PARAMETER   where there is one: what may stand after a colon, a whole number

    supported()             "" or the reason why this interpreter cannot
    open(context)           one channel, of what a Process may be given under any start method;
                            open(context, cores) with a HELPER, which it binds to these, if any;
                            open(context, number) with a PARAMETER, None where none stands there
    sender(channel, side)   a Sender; side 0 asks, side 1 answers (matters where DUPLEX)
    receiver(channel, side) a Receiver; not asked for where its workers are its own
    fit(channel, payload)   where there is one: prepare a fresh channel for its payload;
                            Unsuitable where it cannot
    ends(channel, senders, receivers)  where there is one: tell it how many roles hold each end
    close(channel)          free what the channel holds, in the process that opened it
    facts(channel)          {name: text} that does not change from trial to trial
    helper_usage(channel)   compat.Usage of a helper process, or None

Where nothing else is said the functions below serve: a module assigns them to these names.
The order of NAMES is that of tables and pictures.
"""

from __future__ import absolute_import

import importlib
from itertools import repeat

import compat
import userplugins
from compat import counting

NAMES = (
    "memory_copy",
    "os_pipe",
    "pipe",
    "pipe_simplex",
    "pipe_bytes",
    "pipe_buffered",
    "pipe_locked",
    "queue",
    "simple_queue",
    "joinable_queue",
    "manager_queue",
    "thread_queue",
    "thread_simple_queue",
    "thread_deque",
    "interpreters_queue",
    "pool_manager_queue",
    "pool_initializer_queue",
    "pool_map",
    "pool_imap",
    "process_pool_executor",
    "loky",
    "unix_socketpair",
    "unix_seqpacket",
    "listener_unix",
    "listener_tcp",
    "listener_tcp_nodelay",
    "zmq_ipc",
    "zmq_tcp",
    "zmq_pair",
    "zmq_inproc",
    "pynng",
    "faster_fifo",
    "posix_mq",
    "billiard_queue",
    "redis_list",
    "shm_ring",
    "shm_slots_view",
    "shm_slots_copy",
    "pickle5_buffers",
)

END = None
"""The message after the last one of a phase."""


dumps = compat.pickle_module().dumps
loads = compat.pickle_module().loads
PROTOCOL = compat.pickle_module().HIGHEST_PROTOCOL
"""What a transport pickles with that leaves it to its users."""

loads_view = (lambda view: loads(view.tobytes())) if compat.PY2 else loads
"""Unpickles what a memoryview holds; 2.7 needs a copy for it."""

view = (lambda memory: memory) if compat.PY2 else memoryview
"""Returns what gives slices of mapped memory that can be unpickled, where possible uncopied."""


class UnknownTransport(ValueError):
    """Unknown name of a transport."""


class Unsuitable(Exception):
    """A transport cannot carry this here; the reason makes the trial `unsupported`."""


class Transport(object):
    """A transport in a file of the user's own; an instance replaces a module."""

    LABEL = ""
    ROLE = "objects"
    SUMMARY = ""
    SHARED = False
    DUPLEX = False
    LAUNCH = "process"
    PAYLOADS = None
    TOPOLOGIES = None

    def supported(self):
        return ""

    def close(self, channel):
        del channel

    def facts(self, channel):
        del channel
        return {}

    def helper_usage(self, channel):
        del channel


class Sender(object):
    """The end that sends. `send` is the transport's own bound method."""

    def __init__(self, send):
        self.send = send

    def send_each(self, messages):
        """Send all messages in order."""
        send = self.send
        for message in messages:
            send(message)

    def finish(self):
        """Wait as the transport's own users wait for its readers; True where there is a way."""
        return False


class Receiver(object):
    """The end that receives. `receive` is the transport's own bound method.

    `poll` says without blocking whether a message is there (None: it cannot); `handle` has a
    fileno() that becomes readable (None: there is none to wait for).
    """

    def __init__(self, receive, poll=None, handle=None):
        self.receive = receive
        self.poll = poll
        self.handle = handle

    def receive_each(self, count):
        """Receive `count` messages; return the last one."""
        receive = self.receive
        message = None
        for _ in repeat(None, count):
            message = receive()
        return message

    def receive_until_end(self):
        """Receive until END; return how many messages came before it."""
        receive = self.receive
        count = 0
        while receive() is not None:
            count += 1
        return count

    def receive_at_most(self, count):
        """Receive until END or `count` messages; return how many came: fewer where END did."""
        receive = self.receive
        for came in counting(count):
            if receive() is None:
                return came
        return count


def load(name):
    """Return the module of a transport; UnknownTransport lists the known ones."""
    if name in NAMES:
        return importlib.import_module("transports." + name)
    found = userplugins.load("transport", name)
    if found is None:
        known = NAMES + userplugins.names("transport")
        raise UnknownTransport("unknown transport %r; known: %s" % (name, ", ".join(known)))
    return found


def parse(text):
    """Return (module, parameter) for `name` or `name:parameter`; the parameter may be None."""
    name, _, parameter = text.partition(":")
    module = load(name)
    meaning = getattr(module, "PARAMETER", "")
    if parameter and not meaning:
        raise UnknownTransport("transport %s takes no parameter, got %r" % (name, parameter))
    if parameter and not (parameter.isdigit() and int(parameter)):
        raise UnknownTransport(
            "transport %s: the parameter (%s) must be a whole number from 1 on" % (text, meaning)
        )
    return module, int(parameter) if parameter else None


def always_supported():
    """The transport is in every interpreter."""
    return ""


def nothing_to_close(channel):
    """The channel is freed with its process."""
    del channel


def no_facts(channel):
    """Return no facts of the channel."""
    del channel
    return {}


def no_helper(channel):
    """No process besides producers and workers takes part."""
    del channel


def semaphores():
    """Return "" where multiprocessing has working semaphores, or the reason why not."""
    try:
        import multiprocessing.synchronize
    except ImportError as error:
        return "no semaphores in this interpreter: %s" % error
    del multiprocessing
    return ""


def pipe_capacity(handle):
    """Return the bytes that a pipe holds, as text, or unknown."""
    import fcntl

    try:
        return str(fcntl.fcntl(handle.fileno(), 1032))  # F_GETPIPE_SZ
    except (IOError, OSError):
        return "unknown"


def socket_capacity(handle):
    """Return the bytes that a socket's send buffer holds, as text, or unknown."""
    import socket

    try:
        copy = socket.fromfd(handle.fileno(), socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            return str(copy.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
        finally:
            copy.close()
    except (IOError, OSError, AttributeError):
        return "unknown"


def largest(payload):
    """Return the bytes that the pickle of a message takes, at most."""
    # A checked message carries more than a timed one, and later numbers may be longer.
    return len(dumps(payload.wrap(1 << 20, 1 << 20), PROTOCOL)) + 64


def protocol_facts(protocol=None):
    """Return the pickle protocol as a fact."""
    return {"pickle_protocol": str(compat.connection_protocol() if protocol is None else protocol)}
