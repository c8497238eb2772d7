"""What memory allows: each message is copied into shared memory once, and nobody reads it.

The receiver learns once that all have been copied, and looks at the last one. Checked messages
are handed over one by one.
"""

from __future__ import absolute_import

import os

import transports
from transports import Receiver, Sender, memory

LABEL = "memory copy"
ROLE = "bound"
SUMMARY = "one copy of each message into shared memory, one signal behind the last: the ceiling"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = ("bytes",)
TOPOLOGIES = ("one_to_one",)
ABOUT = {
    "serialises": "nobody: bytes are copied",
    "holds": "one message",
    "needs": "ctypes, /dev/shm",
    "pitfalls": "no transport: the messages between the first and the last are overwritten "
    "unread; what fits into the processor's cache is copied there",
}

# Words of the memory: messages written and read, ENDs written, the place of a checked message.
_WRITTEN, _READ, _ENDS, _CHECKED, _PRODUCER, _NUMBER, _WORDS = 0, 8, 16, 1, 2, 3, 24
_START = 8 * _WORDS

supported = memory.supported
helper_usage = transports.no_helper


def open(context):
    del context
    return memory.shared()


def fit(channel, payload):
    """Make room for one message."""
    memory.resize(channel, _START + payload.size)


class CopySender(Sender):
    """Copies in the loop itself."""

    def __init__(self, channel):
        self.memory = memory.mapped(channel)
        self.words = memory.words(self.memory, _WORDS)
        self.place = slice(_START, channel.size)
        Sender.__init__(self, self._send)

    def _send(self, message):
        words = self.words
        if message is None:
            words[_ENDS] += 1
            return
        turns = 0
        while words[_WRITTEN] != words[_READ]:
            turns = memory.rest(turns)
        words[_CHECKED] = checked = type(message) is tuple
        if checked:
            words[_PRODUCER], words[_NUMBER], message = message
        self.memory[self.place] = message
        words[_WRITTEN] += 1

    def send_each(self, messages):
        target, place = self.memory, self.place
        self.words[_CHECKED] = count = 0
        for message in messages:
            target[place] = message
            count += 1
        self.words[_WRITTEN] += count


class CopyReceiver(Receiver):
    """Waits for so many messages and reads the last."""

    def __init__(self, channel):
        self.memory = memory.mapped(channel)
        self.words = memory.words(self.memory, _WORDS)
        self.place = slice(_START, channel.size)
        self.ends = self.words[_ENDS]
        Receiver.__init__(self, self._receive, poll=self._came)

    def _came(self):
        return self.words[_WRITTEN] != self.words[_READ] or self.words[_ENDS] != self.ends

    def _receive(self):
        return self.receive_each(1)

    def receive_each(self, count):
        words = self.words
        turns = 0
        while words[_WRITTEN] - words[_READ] < count:
            if words[_ENDS] != self.ends and words[_WRITTEN] - words[_READ] < count:
                words[_READ] = words[_WRITTEN]
                self.ends += 1
                return None
            turns = memory.rest(turns)
        message = self.memory[self.place]
        if words[_CHECKED]:
            message = (words[_PRODUCER], words[_NUMBER], message)
        words[_READ] += count
        return message


def sender(channel, side):
    del side
    return CopySender(channel)


def receiver(channel, side):
    del side
    return CopyReceiver(channel)


def close(channel):
    os.close(channel.number)


def facts(channel):
    del channel
    return {"pickle_protocol": "none", "capacity": "1 message"}
