"""The directions of Pipe()."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Does Pipe() carry messages both ways at the same time?"
MESSAGES = 20

supported = children.supported


def run():
    """Return the answer: both ends send all before either receives."""
    ours, theirs = children.context().Pipe()
    child = children.start(talk, theirs)
    for number in range(MESSAGES):
        ours.send(("parent", number))
    got = [ours.recv() for _ in range(MESSAGES) if ours.poll(children.SURE)]
    ended = children.ended(child, children.SURE)
    both = ended and child.exitcode == 0 and got == [("child", n) for n in range(MESSAGES)]
    detail = "each end sent %d messages before it received; the parent got %d, the child ended %s"
    return said(both, detail % (MESSAGES, len(got), child.exitcode), messages=MESSAGES)


def talk(connection):
    """Send everything, then check what came (in the child)."""
    for number in range(MESSAGES):
        connection.send(("child", number))
    for number in range(MESSAGES):
        if connection.recv() != ("parent", number):
            raise SystemExit(1)
