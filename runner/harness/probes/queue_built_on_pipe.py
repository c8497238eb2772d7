"""What a Queue is made of."""

from __future__ import absolute_import, print_function

import compat
from probes import children, said

SUMMARY = "Are Queue, SimpleQueue and JoinableQueue built on the ends of a one-way Pipe?"

supported = children.supported


def run():
    """Return the answer, with the types in the detail."""
    context = children.context()
    source, sink = context.Pipe(False)
    queues = (context.Queue(), compat.simple_queue(context), context.JoinableQueue())
    kinds = [(type(queue._reader), type(queue._writer)) for queue in queues]
    same = all(kind == (type(source), type(sink)) for kind in kinds)
    one_way = all(not queue._reader.writable and not queue._writer.readable for queue in queues)
    names = sorted({"%s.%s" % (kind.__module__, kind.__name__) for pair in kinds for kind in pair})
    return said(same and one_way, "their ends are of %s; one-way: %s" % (", ".join(names), one_way))
