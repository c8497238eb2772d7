"""What Pipe and Queue offer to their user."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Is Pipe a function that returns two Connections, and has a Queue put, get, empty, full?"
CONNECTION = ("send", "recv", "send_bytes", "recv_bytes", "fileno", "close")
QUEUE = ("put", "get", "empty", "full")

supported = children.supported


def run():
    """Return the answer; the detail names the types, and what is missing."""
    context = children.context()
    ends = context.Pipe()
    queue = context.Queue(1)
    lacks = [name for end in ends for name in CONNECTION if not hasattr(end, name)]
    lacks += [name for name in QUEUE if not hasattr(queue, name)]
    queue.put(0)
    bounded = queue.full()
    queue.get()
    connections = all(type(end).__name__ == "Connection" for end in ends)
    function = not isinstance(context.Pipe, type)
    detail = "Pipe is a %s, its ends are %s; Queue is a %s; missing: %s; maxsize is kept: %s" % (
        type(context.Pipe).__name__,
        type(ends[0]).__name__,
        type(context.Queue).__name__,
        ", ".join(lacks) or "nothing",
        bounded,
    )
    return said(function and connections and bounded and not lacks, detail, ends=len(ends))
