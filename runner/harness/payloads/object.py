"""An instance of a class of the harness."""

from __future__ import absolute_import

from payloads.base import Payload, no_parameter

SUMMARY = "an instance of a class with three attributes"
PARAMETER = ""
ITEM_BYTES = None


class Message(object):
    """What a program would define to carry its data."""

    def __init__(self, number):
        self.number = number
        self.name = "measurement"
        self.values = [1.0, 2.0, 3.0]

    def __eq__(self, other):
        return isinstance(other, Message) and self.__dict__ == other.__dict__

    def __ne__(self, other):
        return not self == other

    __hash__ = None


class Object(Payload):
    """Instances of Message."""

    def numbered(self, number):
        return Message(number)


def supported():
    return ""


def build(parameter):
    no_parameter("object", parameter)
    return Object()
