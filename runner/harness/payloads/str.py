"""A native string of ASCII characters."""

from __future__ import absolute_import

from payloads.base import Payload, bytes_count

SUMMARY = "a native str of N characters"
PARAMETER = "characters"
ITEM_BYTES = 1


class Str(Payload):
    """The number's digits, repeated to the size."""

    def __init__(self, size):
        self.size = size
        Payload.__init__(self)

    def numbered(self, number):
        digits = "%d," % number
        return (digits * (self.size // len(digits) + 1))[: self.size]


def supported():
    return ""


def build(parameter):
    return Str(bytes_count("str", parameter, 100))
