"""multiprocessing.Pipe(duplex=False): one way, an os.pipe. What every Queue is built on."""

from __future__ import absolute_import

import transports
from transports import Receiver, Sender

LABEL = "Pipe(duplex=False)"
ROLE = "objects"
SUMMARY = "Pipe(duplex=False): one way, an os.pipe; send and recv"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, ForkingPickler with the default protocol; 2.7: C code, protocol 2",
    "holds": "64 KiB: the pipe",
    "pitfalls": "two writers without a lock destroy messages above 4 KiB, two readers any "
    "message",
}

supported = transports.always_supported
helper_usage = transports.no_helper


def open(context):
    return context.Pipe(False)


def sender(channel, side):
    del side
    return Sender(channel[1].send)


def receiver(channel, side):
    del side
    end = channel[0]
    return Receiver(end.recv, poll=end.poll, handle=end)


def close(channel):
    for end in channel:
        end.close()


def facts(channel):
    return dict(transports.protocol_facts(), capacity=transports.pipe_capacity(channel[1]))
