"""A string of bytes."""

from __future__ import absolute_import

from payloads.base import Payload, bytes_count

SUMMARY = "bytes of length N"
PARAMETER = "bytes"
ITEM_BYTES = 1


class Bytes(Payload):
    """The number's digits, repeated to the size."""

    def __init__(self, size):
        self.size = size
        Payload.__init__(self)

    def numbered(self, number):
        digits = ("%d," % number).encode("ascii")
        return (digits * (self.size // len(digits) + 1))[: self.size]


def supported():
    return ""


def build(parameter):
    return Bytes(bytes_count("bytes", parameter, 100))
