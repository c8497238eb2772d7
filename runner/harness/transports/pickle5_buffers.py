"""Pickle protocol 5 over a pipe: the buffers of arrays go beside the pickle, without a copy."""

from __future__ import absolute_import

import os
import struct
import sys

import transports
from transports import Receiver, Sender, os_pipe

LABEL = "pickle 5 buffers over a pipe"
ROLE = "objects"
SUMMARY = "os.pipe with pickle protocol 5: buffers of arrays go out-of-band, by writev"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, C pickle with protocol 5; a bytes object or a str stays in the pickle",
    "holds": os_pipe.ABOUT["holds"],
    "versions": "3.8 and newer",
    "pitfalls": "only what offers PickleBuffer goes out-of-band: arrays, bytearray; the receiver "
    "makes the memory; multiprocessing has no way to do it",
}
POLLS = False

_HEAD = struct.Struct("<II")
_SIZE = struct.Struct("<Q")

helper_usage = transports.no_helper
open = os_pipe.open
close = os_pipe.close


def supported():
    return "" if sys.version_info >= (3, 8) else "pickle protocol 5 came with Python 3.8"


def sender(channel, side):
    del side
    number, writev = channel[1].number, os.writev
    dumps, pack, pack_size = transports.dumps, _HEAD.pack, _SIZE.pack

    def send(message):
        buffers = []
        data = dumps(message, 5, buffer_callback=buffers.append)
        head = pack(len(data), len(buffers))
        if not buffers:
            parts = [head, data]
        else:
            parts = [buffer.raw() for buffer in buffers]
            parts[:0] = [head + b"".join(pack_size(part.nbytes) for part in parts), data]
        left = sum(map(len, parts)) - writev(number, parts)
        if left:
            _write(number, b"".join(parts)[-left:])

    return Sender(send)


def _write(number, data):
    while data:
        data = data[os.write(number, data) :]


def receiver(channel, side):
    del side
    number, loads = channel[0].number, transports.loads

    def receive():
        length, count = _HEAD.unpack(_filled(number, _HEAD.size))
        if not count:
            return loads(_filled(number, length))
        sizes = [size for size, in _SIZE.iter_unpack(_filled(number, count * _SIZE.size))]
        data = _filled(number, length)
        return loads(data, buffers=[_filled(number, size) for size in sizes])

    return Receiver(receive, handle=channel[0])


def _filled(number, size):
    """Return so many bytes, read into new memory; EOFError where the pipe ends before them."""
    memory = bytearray(size)
    rest = memoryview(memory)
    while rest:
        came = os.readv(number, [rest])
        if not came:
            raise EOFError("the pipe was closed within a message")
        rest = rest[came:]
    return memory


def facts(channel):
    return dict(transports.protocol_facts(5), capacity=transports.pipe_capacity(channel[1]))
