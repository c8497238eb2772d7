"""Threads that wait for input."""

from __future__ import absolute_import, print_function

import os
import threading
import time

import compat
from probes import said

SUMMARY = "Do threads that wait for input let the others of their process run?"
SECONDS = 0.3


def supported():
    """Return "": every interpreter can be asked."""
    return ""


def run():
    """Return the answer: two threads wait in os.read while the main thread calculates."""
    ends = [os.pipe() for _ in range(2)]
    threads = [threading.Thread(target=os.read, args=(source, 1)) for source, _ in ends]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    done = 0
    until = compat.now() + SECONDS
    while compat.now() < until:
        done += 1
    waiting = sum(thread.is_alive() for thread in threads)
    for _, sink in ends:
        os.write(sink, b"x")
    for thread in threads:
        thread.join()
    for end in [end for pair in ends for end in pair]:
        os.close(end)
    detail = "while %d threads waited in read, the main thread made %d turns in %.1f s"
    return said(waiting == 2 and done > 1000, detail % (waiting, done, SECONDS), turns=done)
