"""An object that cannot be pickled."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Does Queue.put raise for an object that cannot be pickled?"

supported = children.supported


def run():
    """Return the answer; the figures say whether send raised, and what the feeder printed."""
    send_raises = _raises(children.context().Pipe(False)[1].send)
    source, sink = children.context().Pipe(False)
    _, text = children.stderr_of(put_and_tell, sink)
    sink.close()
    put_raises, arrived = source.recv()
    printed = "pickle" in text.lower()
    detail = "put raised: %s; the object arrived: %s; Connection.send raised: %s; on stderr: %s"
    last = text.strip().splitlines()[-1] if text.strip() else "nothing"
    return said(
        put_raises,
        detail % (put_raises, arrived, send_raises, last),
        send_raises=int(send_raises),
        arrived=int(arrived),
        on_stderr=int(printed),
    )


def put_and_tell(sink):
    """Put a lambda, and report whether put raised and whether it arrived (in the child)."""
    queue = children.context().Queue()
    raised = _raises(queue.put)
    try:
        queue.get(True, 1.0)
        arrived = True
    except Exception:
        arrived = False  # Empty
    sink.send((raised, arrived))


def _raises(give):
    try:
        give(lambda: None)
    except Exception:
        return True
    return False
