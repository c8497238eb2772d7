"""How objects become bytes."""

from __future__ import absolute_import, print_function

import compat
from probes import children, said

SUMMARY = "Does Connection.send put a pickle on a byte stream?"


def supported():
    """Return "": every interpreter can be asked."""
    return ""


def run():
    """Return the answer: what send wrote is read as bytes and unpickled by hand."""
    source, sink = children.context().Pipe(False)
    sent = {"number": 1, "text": "x" * 10, "list": [1, 2, 3]}
    sink.send(sent)
    frame = source.recv_bytes()
    pickle = compat.pickle_module()
    protocol = bytearray(frame)[1] if bytearray(frame)[0] == 0x80 else 0
    detail = "the frame of %d bytes is a pickle of protocol %d" % (len(frame), protocol)
    return said(pickle.loads(frame) == sent, detail, bytes=len(frame), protocol=protocol)
