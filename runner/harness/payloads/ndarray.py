"""A numpy array of float64, one array sent again and again."""

from __future__ import absolute_import

from payloads.base import Payload, UnknownPayload

SUMMARY = "a numpy array of float64, the same one for every message"
PARAMETER = "shape, as 400x400x3"
ITEM_BYTES = 8
DEFAULT = "400x400x3"


def shape_of(name, parameter):
    """Return the shape as a tuple; UnknownPayload says what is allowed."""
    sides = (parameter or DEFAULT).split("x")
    if not all(side.isdigit() and int(side) > 0 for side in sides):
        raise UnknownPayload(
            "payload %s:%s: the shape must be whole numbers joined by x, as 400x400x3"
            % (name, parameter)
        )
    return tuple(int(side) for side in sides)


class Ndarray(Payload):
    """Random numbers; the first element carries the message's number."""

    def __init__(self, shape):
        import numpy

        self.numpy = numpy
        self.shape = shape
        self.pattern = numpy.random.RandomState(7).rand(*shape)
        Payload.__init__(self)

    def numbered(self, number):
        array = self.pattern.copy()
        array.flat[0] = number
        return array

    def same(self, one, other):
        return bool(isinstance(one, self.numpy.ndarray) and self.numpy.array_equal(one, other))


def supported():
    try:
        import numpy
    except ImportError:
        return "this interpreter has no numpy"
    del numpy
    return ""


def build(parameter):
    return Ndarray(shape_of("ndarray", parameter))
