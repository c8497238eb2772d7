"""A simplex Pipe with send_bytes of a pickle that we make with the highest protocol."""

from __future__ import absolute_import

from itertools import repeat

import compat
import transports
from compat import counting
from transports import Receiver, Sender, pipe_simplex

LABEL = "Pipe.send_bytes"
ROLE = "objects"
SUMMARY = "Pipe(duplex=False) with send_bytes of our own pickle, highest protocol"
SHARED = False
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "caller, C pickle with the highest protocol",
    "holds": "64 KiB: the pipe",
    "pitfalls": "above 16 KiB length and content are two writes",
}

_pickle = compat.pickle_module()
_PROTOCOL = _pickle.HIGHEST_PROTOCOL

supported = transports.always_supported
helper_usage = transports.no_helper
open = pipe_simplex.open
close = pipe_simplex.close


class BytesSender(Sender):
    """Pickles in the loop itself: two C calls a message."""

    def __init__(self, end):
        self.send_bytes = end.send_bytes
        Sender.__init__(self, self._send)

    def _send(self, message):
        self.send_bytes(_pickle.dumps(message, _PROTOCOL))

    def send_each(self, messages):
        send_bytes, dumps, protocol = self.send_bytes, _pickle.dumps, _PROTOCOL
        for message in messages:
            send_bytes(dumps(message, protocol))


class BytesReceiver(Receiver):
    """Unpickles in the loop itself."""

    def __init__(self, end):
        self.recv_bytes = end.recv_bytes
        Receiver.__init__(self, self._receive, poll=end.poll, handle=end)

    def _receive(self):
        return _pickle.loads(self.recv_bytes())

    def receive_each(self, count):
        recv_bytes, loads = self.recv_bytes, _pickle.loads
        message = None
        for _ in repeat(None, count):
            message = loads(recv_bytes())
        return message

    def receive_until_end(self):
        recv_bytes, loads = self.recv_bytes, _pickle.loads
        count = 0
        while loads(recv_bytes()) is not None:
            count += 1
        return count

    def receive_at_most(self, count):
        recv_bytes, loads = self.recv_bytes, _pickle.loads
        for came in counting(count):
            if loads(recv_bytes()) is None:
                return came
        return count


def sender(channel, side):
    del side
    return BytesSender(channel[1])


def receiver(channel, side):
    del side
    return BytesReceiver(channel[0])


def facts(channel):
    return dict(
        transports.protocol_facts(_PROTOCOL), capacity=transports.pipe_capacity(channel[1])
    )
