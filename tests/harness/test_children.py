"""A child that waits is told from one that a busy machine has not let run yet."""

from __future__ import absolute_import, print_function

import os
import sys
import threading
import time
import unittest

from agents import HARNESS

sys.path.insert(0, HARNESS)
import compat  # noqa: E402
from probes import children  # noqa: E402

PROC = os.path.isdir("/proc/self/task")


def calculate(seconds):
    until = compat.now() + seconds
    while compat.now() < until:
        pass


def calculate_in_a_thread(seconds):
    thread = threading.Thread(target=calculate, args=(seconds,))
    thread.start()
    thread.join()


class WaitsTest(unittest.TestCase):
    def ask(self, target, *args):
        child = children.start(target, *args)
        self.addCleanup(children.ended, child, 0)
        return children.waits(child, 0.1)

    def test_one_that_ends_does_not_wait(self):
        self.assertFalse(self.ask(calculate, 0.0))

    def test_one_that_sleeps_waits(self):
        begun = compat.now()
        self.assertTrue(self.ask(time.sleep, 30))
        self.assertLess(compat.now() - begun, children.SURE)

    @unittest.skipUnless(PROC, "nothing here tells what a process does")
    def test_one_that_is_slow_does_not_wait(self):
        self.assertFalse(self.ask(calculate, 0.3))

    @unittest.skipUnless(PROC, "nothing here tells what a process does")
    def test_one_whose_thread_is_slow_does_not_wait(self):
        self.assertFalse(self.ask(calculate_in_a_thread, 0.3))

    def test_who_has_not_ended_is_killed(self):
        child = children.start(time.sleep, 30)
        self.assertFalse(children.ended(child, 0.05))
        self.assertFalse(child.is_alive())


if __name__ == "__main__":
    unittest.main()
