"""A numpy array that the producer creates anew for each message."""

from __future__ import absolute_import

from itertools import repeat, starmap

from payloads import ndarray

SUMMARY = "a numpy array of random float64, created anew for each message by the producer"
PARAMETER = ndarray.PARAMETER
ITEM_BYTES = 8


class MadeNdarray(ndarray.Ndarray):
    """The making is inside the timed phase: that is the question which this payload asks."""

    is_fresh = True

    def messages(self, count):
        return starmap(self.numpy.random.rand, repeat(self.shape, count))

    def is_last(self, message, count):
        del count
        return isinstance(message, self.numpy.ndarray) and message.shape == self.shape


supported = ndarray.supported


def build(parameter):
    return MadeNdarray(ndarray.shape_of("made_ndarray", parameter))
