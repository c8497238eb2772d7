"""The bare ceiling: os.pipe with messages of a fixed size, no pickle, no Connection.

A number is a struct of 8 bytes; a string of bytes is written as it is, and read until it is whole.
"""

from __future__ import absolute_import

import fcntl
import os
import struct
from itertools import repeat

import transports
from compat import counting
from transports import Receiver, Sender

LABEL = "os.pipe"
ROLE = "bound"
SUMMARY = "os.pipe with messages of a fixed size, no pickle: the ceiling"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = ("int", "bytes")
TOPOLOGIES = None
PARAMETER = "bytes that the pipe holds (F_SETPIPE_SZ); 65536 where none is named"
ABOUT = {
    "serialises": "nobody: a number is 8 bytes, bytes are written as they are",
    "holds": "64 KiB: the pipe",
    "pitfalls": "messages of a fixed size only; reads of more than 64 KiB come in parts",
}
POLLS = False

_FORMAT = struct.Struct("<q")
_END = -1

# What no string of bytes begins with, for it begins with a digit: END, which is this byte alone so
# that there is room for it where nobody reads any more; or a message before a checked one.
_LAST = b"\xff"
_CHECKED = b"\xfe"
_PLACE = struct.Struct("<qq")

_SET_CAPACITY = 1031  # F_SETPIPE_SZ

supported = transports.always_supported
helper_usage = transports.no_helper


class Descriptor(object):
    """One end of the pipe as a Process may be given it."""

    size = None  # of a string of bytes; None for numbers
    holds = 65536  # what the pipe holds: to read more at once makes room for nothing

    def __init__(self, number):
        self.number = number

    def fileno(self):
        return self.number

    def __getstate__(self):
        # spawn and forkserver hand descriptors over as Connections do.
        from multiprocessing.reduction import DupFd

        return DupFd(self.number), self.size, self.holds

    def __setstate__(self, state):
        duplicate, self.size, self.holds = state
        self.number = duplicate.detach()


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


class BytesSender(Sender):
    """Writes strings of bytes as they are; a blocking pipe takes the whole of each."""

    def __init__(self, end):
        self.number = end.number
        self.size = end.size
        Sender.__init__(self, self._send)

    def _send(self, message):
        if message is None:
            message = _LAST
        elif isinstance(message, tuple):
            producer, number, body = message
            message = _CHECKED * self.size + _PLACE.pack(producer, number) + body
        os.write(self.number, message)

    def send_each(self, messages):
        write, number = os.write, self.number
        for message in messages:
            write(number, message)


class BytesReceiver(Receiver):
    """Reads until a message is whole: larger ones come in parts."""

    def __init__(self, end):
        self.number = end.number
        self.size = end.size
        self.most = end.holds
        self._ends = 0  # read behind another END
        Receiver.__init__(self, self._receive, handle=end)

    def _receive(self):
        if self._ends:
            self._ends -= 1
            return None
        message = os.read(self.number, min(self.size, self.most))
        if message[:1] == _LAST:
            self._ends = len(message) - 1
            return None
        message += self._whole(self.size - len(message))
        if message[:1] == _CHECKED:
            place = _PLACE.unpack(self._whole(_PLACE.size))
            return place + (self._whole(self.size),)
        return message

    def receive_each(self, count):
        read, number, size = os.read, self.number, self.size
        most = min(size, self.most)
        message = _LAST
        for _ in repeat(None, count):
            message = read(number, most)
            if len(message) < size:
                if message[:1] == _LAST:
                    break
                message += self._whole(size - len(message))
        return None if message[:1] == _LAST else message


    def _whole(self, size):
        """Read `size` bytes; EOFError where the other end was closed before them."""
        parts = []
        while size:
            part = os.read(self.number, min(size, self.most))
            if not part:
                raise EOFError("the pipe was closed within a message")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def open(context, holds=None):
    del context
    channel = tuple(Descriptor(number) for number in os.pipe())
    if holds is not None:
        try:
            fcntl.fcntl(channel[1].number, _SET_CAPACITY, holds)
        except (IOError, OSError, OverflowError) as error:
            close(channel)
            raise transports.Unsuitable(
                "a pipe cannot hold %d bytes here (/proc/sys/fs/pipe-max-size): %s"
                % (holds, error)
            )
        for end in channel:
            end.holds = holds
    return channel


def fit(channel, payload):
    """Give both ends the size of each message."""
    for end in channel:
        end.size = getattr(payload, "size", None)


def sender(channel, side):
    del side
    return (PipeSender if channel[1].size is None else BytesSender)(channel[1])


def receiver(channel, side):
    del side
    return (PipeReceiver if channel[0].size is None else BytesReceiver)(channel[0])


def close(channel):
    for end in channel:
        os.close(end.number)


def facts(channel):
    return {"capacity": transports.pipe_capacity(channel[1]), "pickle_protocol": "none"}
