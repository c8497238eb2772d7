"""A ring in shared memory for one sender and one receiver, in pure Python: no lock, no system call.

Two words count the bytes written and read since the start; each has one process that stores it.
A message is its length and its pickle; where it does not fit before the ring's end it stands at
the beginning, and a length that no message has says so.
"""

from __future__ import absolute_import

import os
import struct

import transports
from transports import Receiver, Sender, memory

LABEL = "ring in shared memory"
ROLE = "objects"
SUMMARY = "a ring in shared memory for one sender and one receiver, pure Python; waits by yielding"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = ("one_to_one", "fan_out", "request_reply", "request_reply_poll")
ABOUT = {
    "serialises": "caller, C pickle with the highest protocol, copied into the ring",
    "holds": "1 MiB, or four messages",
    "needs": "ctypes, /dev/shm",
    "pitfalls": "struct.pack_into must not store its indices: it zeroes the bytes first; who "
    "waits keeps a core busy; a processor with a weaker memory order than x86 needs barriers, "
    "which Python does not have; a second sender or receiver needs a lock",
}

WRITTEN, READ, WORDS = 0, 8, 16  # the two words are in cache lines of their own
START = 8 * WORDS
ROOM = 1 << 20

_LENGTH = struct.Struct("<q")
_AT_THE_BEGINNING = -1

supported = memory.supported
helper_usage = transports.no_helper


def open(context):
    del context
    return memory.shared()


def fit(channel, payload):
    """Make room for some messages."""
    memory.resize(channel, START + max(ROOM, 4 * (transports.largest(payload) + 16) // 8 * 8))


def sender(channel, side):
    del side
    ring = memory.mapped(channel)
    words = memory.words(ring, WORDS)
    room = channel.size - START
    dumps, protocol, pack = transports.dumps, transports.PROTOCOL, _LENGTH.pack
    # Written by us, and read by the other side when we last looked: its word, which it keeps
    # storing, is fetched from its core only where the room known of does not suffice.
    state = [words[WRITTEN], words[READ]]

    def send(message):
        data = dumps(message, protocol)
        needed = (len(data) + 15) & ~7
        written, read = state
        place = written % room
        skipped = room - place if needed > room - place else 0
        if 2 * needed > room:
            raise ValueError("a message of %d bytes is too large for the ring" % len(data))
        turns = 0
        while written + skipped + needed - read > room:
            read = state[1] = words[READ]
            if written + skipped + needed - read > room:
                turns = memory.rest(turns)
        if skipped:
            ring[START + place : START + place + 8] = pack(_AT_THE_BEGINNING)
            place = 0
        begin = START + place
        ring[begin : begin + 8] = pack(len(data))
        ring[begin + 8 : begin + 8 + len(data)] = data
        state[0] = words[WRITTEN] = written + skipped + needed

    return Sender(send)


def receiver(channel, side):
    del side
    ring = memory.mapped(channel)
    words = memory.words(ring, WORDS)
    room = channel.size - START
    loads, unpack = transports.loads, _LENGTH.unpack
    view = transports.view(ring)
    state = [words[READ]] * 2  # read by us, and written when we last looked: as above

    def receive():
        read, written = state
        turns = 0
        while written == read:
            written = state[1] = words[WRITTEN]
            if written == read:
                turns = memory.rest(turns)
        begin = START + read % room
        length = unpack(ring[begin : begin + 8])[0]
        if length == _AT_THE_BEGINNING:
            read += room - read % room
            begin = START
            length = unpack(ring[begin : begin + 8])[0]
        message = loads(view[begin + 8 : begin + 8 + length])
        state[0] = words[READ] = read + ((length + 15) & ~7)
        return message

    return Receiver(receive, poll=lambda: words[WRITTEN] != state[0])


def close(channel):
    os.close(channel.number)


def facts(channel):
    return dict(
        transports.protocol_facts(transports.PROTOCOL), capacity=str(channel.size - START)
    )
