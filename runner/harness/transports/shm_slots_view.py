"""Arrays in slots of shared memory: the sender copies one in, the receiver gets a view of it."""

from __future__ import absolute_import

import os

import transports
from payloads import ndarray
from transports import Receiver, Sender, memory

LABEL = "slots in shared memory (view)"
ROLE = "objects"
SUMMARY = "slots in shared memory, their numbers over a Pipe: one copy in, a view out"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = ("ndarray", "made_ndarray")
TOPOLOGIES = None
ABOUT = {
    "serialises": "nobody: the sender copies the array into a slot",
    "holds": "4 slots",
    "needs": "numpy, semaphores, /dev/shm",
    "pitfalls": "the receiver's array lasts until its next receive: then the slot is used again; "
    "size and type are agreed on before",
}
SLOTS = 4

helper_usage = transports.no_helper


def supported():
    return ndarray.supported() or transports.semaphores() or memory.supported()


class Channel(object):
    """The memory, the pipe for the slots' numbers, and a semaphore that counts free slots."""

    def __init__(self, context):
        self.memory = memory.shared()
        self.reading, self.writing = context.Pipe(False)
        self.free = context.Semaphore(SLOTS)
        self.shape = self.type = None  # of arrays; None for bytes
        self.size = 0


open = Channel


def fit(channel, payload):
    """Make slots of the message's size."""
    body = payload.body
    if hasattr(body, "nbytes"):
        channel.shape, channel.type, channel.size = body.shape, body.dtype.str, body.nbytes
    else:
        channel.size = len(body)
    memory.resize(channel.memory, SLOTS * _room(channel))


def _room(channel):
    return (channel.size + 4095) & ~4095


def arrays(channel):
    """Return the slots as arrays."""
    import numpy

    whole = memory.mapped(channel.memory)
    count = channel.size // numpy.dtype(channel.type).itemsize
    return [
        numpy.frombuffer(whole, channel.type, count, slot * _room(channel)).reshape(channel.shape)
        for slot in range(SLOTS)
    ]


def sender(channel, side):
    del side
    slots = arrays(channel)

    def store(slot, array):
        slots[slot][...] = array

    return slot_sender(channel, store)


def slot_sender(channel, store):
    """Return a Sender that puts a message into the next slot by `store(slot, message)`."""
    acquire, send_number = channel.free.acquire, channel.writing.send
    state = [0]

    def send(message):
        if message is None:
            send_number(None)
            return
        place = ()
        if type(message) is tuple:  # a checked one
            place, message = message[:2], message[2]
        acquire()
        slot = state[0]
        store(slot, message)
        send_number((slot, place))
        state[0] = (slot + 1) % SLOTS

    return Sender(send)


def receiver(channel, side):
    del side
    slots = arrays(channel)
    receive_number, release = channel.reading.recv, channel.free.release
    held = []

    def receive():
        number = receive_number()
        if held:
            release()  # nobody looks at the message before this one any more
            del held[:]
        if number is None:
            return None
        slot, place = number
        held.append(slot)
        return place + (slots[slot],) if place else slots[slot]

    return Receiver(receive, poll=channel.reading.poll, handle=channel.reading)


def close(channel):
    os.close(channel.memory.number)
    channel.reading.close()
    channel.writing.close()


def facts(channel):
    del channel
    return {"pickle_protocol": "none", "capacity": "%d slots" % SLOTS}
