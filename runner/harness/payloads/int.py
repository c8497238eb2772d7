"""The running number."""

from __future__ import absolute_import

import compat
from payloads.base import Payload, no_parameter

SUMMARY = "the running number of the message"
PARAMETER = ""
ITEM_BYTES = None

_NUMBER_BITS = 32


class Int(Payload):
    """Ints carry their own number, so an envelope is an int too."""

    is_fresh = True

    def numbered(self, number):
        return number

    def messages(self, count):
        return compat.counting(count)

    def telling(self, count):
        return self.messages(count)

    def number_of(self, message):
        return message

    def is_last(self, message, count):
        return message == count - 1

    def wrap(self, producer, number):
        return producer << _NUMBER_BITS | number

    def unwrap(self, message):
        try:
            producer = int(message >> _NUMBER_BITS)
        except TypeError:
            return None, None, False
        return producer, int(message & ((1 << _NUMBER_BITS) - 1)), True

    def altered(self, message):
        return message ^ (1 << 20)


def supported():
    return ""


def build(parameter):
    no_parameter("int", parameter)
    return Int()
