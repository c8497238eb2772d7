"""A queue between interpreters of one process, each with a GIL of its own (PEP 734)."""

from __future__ import absolute_import

import transports
from transports import thread_queue

try:
    from concurrent import interpreters  # novm
except ImportError:
    interpreters = None

LABEL = "interpreters queue"
ROLE = "threads"
SUMMARY = "concurrent.interpreters.create_queue() between interpreters of one process"
SHARED = True
DUPLEX = False
LAUNCH = "interpreter"
PAYLOADS = ("int", "str", "bytes", "dict", "object")
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller: numbers, str and bytes are copied in C, all else is pickled",
    "holds": "unbounded; with maxsize so many messages",
    "versions": "3.14 and newer",
    "pitfalls": "get and put poll every 10 ms: a round trip takes 10 to 20 ms, and a receiver that "
    "once found it empty waits as long; numpy cannot be imported in a second interpreter",
}

helper_usage = transports.no_helper
close = transports.nothing_to_close
sender = thread_queue.sender
receiver = thread_queue.receiver


def supported():
    return "" if interpreters else "concurrent.interpreters came with Python 3.14"


def open(context):
    del context
    return interpreters.create_queue()


def facts(channel):
    del channel
    return dict(transports.protocol_facts(), capacity="unbounded")
