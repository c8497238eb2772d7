"""Killing a worker that waits in Queue.get()."""

from __future__ import absolute_import, print_function

import os
import signal
import time

from probes import children, said

SUMMARY = "Can a Queue still be read after a worker was killed in the middle of a get()?"
OBJECTS = 3
PATIENCE = 1.0  # s

supported = children.supported


def run():
    """Return the answer, with the objects lost."""
    return after_death(children.context().Queue())


def after_death(queue):
    """Return the answer for any queue: of OBJECTS put after the death, how many arrive."""
    source, sink = children.context().Pipe(False)
    worker = children.start(wait_for_one, queue, sink)
    source.recv()
    children.waits(worker, 0.3)  # from having said so into the get() itself
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(2)
    time.sleep(0.1)
    for number in range(OBJECTS):
        queue.put(number)
        time.sleep(0.1)  # for whoever waits in the dead one's place to take it
    arrived = []
    try:
        while len(arrived) < OBJECTS:
            arrived.append(queue.get(True, PATIENCE))
    except Exception as error:
        if type(error).__name__ != "Empty":
            raise
    lost = OBJECTS - len(arrived)
    if hasattr(queue, "cancel_join_thread"):
        queue.cancel_join_thread()
    detail = "of %d objects put after the death %d arrived, %d were lost (start method %s)"
    detail %= (OBJECTS, len(arrived), lost, children.method())
    return said(bool(arrived), detail, objects=OBJECTS, lost=lost)


def wait_for_one(queue, sink):
    """Say that we are here, and wait in get() (in the worker)."""
    queue.empty()  # a manager's proxy connects at its first call
    sink.send("here")
    queue.get()
