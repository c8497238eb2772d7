"""The bare ceiling: os.pipe with a fixed-size struct, no pickle, no Connection."""

from __future__ import absolute_import

import os
import struct
from itertools import repeat

import transports
from compat import counting
from transports import Receiver, Sender

SUMMARY = "os.pipe with an 8-byte struct: the ceiling"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = ("int",)
TOPOLOGIES = None
POLLS = False

_FORMAT = struct.Struct("<q")
_END = -1

supported = transports.always_supported
helper_usage = transports.no_helper


class Descriptor(object):
    """One end of the pipe as a Process may be given it."""

    def __init__(self, number):
        self.number = number

    def fileno(self):
        return self.number

    def __getstate__(self):
        # spawn and forkserver hand descriptors over as Connections do.
        from multiprocessing.reduction import DupFd

        return DupFd(self.number)

    def __setstate__(self, state):
        self.number = state.detach()


class PipeSender(Sender):
    """Writes the struct; the loop calls os.write itself, without a frame between."""

    def __init__(self, end):
        self.number = end.number
        Sender.__init__(self, self._send)

    def _send(self, message):
        os.write(self.number, _FORMAT.pack(_END if message is None else message))

    def send_each(self, messages):
        write, number, pack = os.write, self.number, _FORMAT.pack
        for message in messages:
            write(number, pack(message))


class PipeReceiver(Receiver):
    """Reads the struct; one read is one message, since writes of 8 bytes are never split."""

    def __init__(self, end):
        self.number = end.number
        Receiver.__init__(self, self._receive, handle=end)

    def _receive(self):
        message = _FORMAT.unpack(os.read(self.number, 8))[0]
        return None if message == _END else message

    def receive_each(self, count):
        read, number, unpack = os.read, self.number, _FORMAT.unpack
        message = _END
        for _ in repeat(None, count):
            message = unpack(read(number, 8))[0]
        return None if message == _END else message

    def receive_until_end(self):
        read, number, unpack = os.read, self.number, _FORMAT.unpack
        count = 0
        while unpack(read(number, 8))[0] != _END:
            count += 1
        return count

    def receive_at_most(self, count):
        read, number, unpack = os.read, self.number, _FORMAT.unpack
        for came in counting(count):
            if unpack(read(number, 8))[0] == _END:
                return came
        return count


def open(context):
    del context
    reading, writing = os.pipe()
    return Descriptor(reading), Descriptor(writing)


def sender(channel, side):
    del side
    return PipeSender(channel[1])


def receiver(channel, side):
    del side
    return PipeReceiver(channel[0])


def close(channel):
    for end in channel:
        os.close(end.number)


def facts(channel):
    return {"capacity": transports.pipe_capacity(channel[1]), "pickle_protocol": "none"}
