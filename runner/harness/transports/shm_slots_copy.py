"""Slots of shared memory: the sender copies a message in, the receiver copies it out."""

from __future__ import absolute_import

import transports
from transports import Receiver, memory, shm_slots_view

LABEL = "slots in shared memory (copy)"
ROLE = "objects"
SUMMARY = "slots in shared memory, their numbers over a Pipe: one copy in, one copy out"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = ("bytes", "ndarray", "made_ndarray")
TOPOLOGIES = None
ABOUT = {
    "serialises": "nobody: the sender copies into a slot, the receiver out of it",
    "holds": shm_slots_view.ABOUT["holds"],
    "needs": "semaphores, /dev/shm; numpy for arrays",
    "pitfalls": "size and type are agreed on before; a large copy out is new memory each time, "
    "of which every page is a fault",
}

open = shm_slots_view.open
fit = shm_slots_view.fit
close = shm_slots_view.close
facts = shm_slots_view.facts
helper_usage = transports.no_helper


def supported():
    return transports.semaphores() or memory.supported()


def _places(channel):
    room = (channel.size + 4095) & ~4095
    return [slice(i * room, i * room + channel.size) for i in range(shm_slots_view.SLOTS)]


def sender(channel, side):
    if channel.shape is not None:
        return shm_slots_view.sender(channel, side)
    whole = memory.mapped(channel.memory)
    places = _places(channel)

    def store(slot, message):
        whole[places[slot]] = message

    return shm_slots_view.slot_sender(channel, store)


def receiver(channel, side):
    del side
    if channel.shape is None:
        whole = memory.mapped(channel.memory)
        places = _places(channel)

        def load(slot):
            return whole[places[slot]]
    else:
        slots = shm_slots_view.arrays(channel)

        def load(slot):
            return slots[slot].copy()

    receive_number, release = channel.reading.recv, channel.free.release

    def receive():
        number = receive_number()
        if number is None:
            return None
        slot, place = number
        message = load(slot)
        release()
        return place + (message,) if place else message

    return Receiver(receive, poll=channel.reading.poll, handle=channel.reading)
