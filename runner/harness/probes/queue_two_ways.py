"""A conversation over one Queue."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Does a process that puts on a Queue and then gets from it take its own object back?"
ASKED = 40

supported = children.supported


def run():
    """Return the answer, with how many of the questions came back to the one who asked."""
    queue = children.context().Queue()
    child = children.start(reply, queue)
    got = [_ask(queue, number) for number in range(ASKED)]
    queue.put(("end", None))
    children.ended(child, 1)
    queue.cancel_join_thread()
    own, answered, none = (got.count(kind) for kind in ("question", "answer", "nothing"))
    detail = (
        "of %d questions %d were answered, %d came back to the asker, and %d times the other end "
        "took its own answer back" % (ASKED, answered, own, none)
    )
    return said(own + none > 0, detail, asked=ASKED, own=own, answered=answered, none=none)


def _ask(queue, number):
    queue.put(("question", number))
    try:
        return queue.get(True, 0.05)[0]
    except Exception:
        return "nothing"  # Empty: there was no answer left to take


def reply(queue):
    """Answer questions until the command to end (in the child)."""
    while True:
        kind, number = queue.get()
        if kind == "end":
            return
        if kind == "question":
            queue.put(("answer", number))
