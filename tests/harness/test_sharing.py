"""Readers and writers that share a channel all take part, however late some of them start."""

from __future__ import absolute_import, print_function

import sys
import time
import unittest

from agents import HARNESS

sys.path.insert(0, HARNESS)
from probes import children, sharing  # noqa: E402

LATE = 0.5


def late(target, *args):
    time.sleep(LATE)
    target(*args)


class LateTest(unittest.TestCase):
    """The first process that is started is there at once, the others half a second later."""

    def setUp(self):
        self.started = []
        self.start = children.start
        children.start = self.start_late
        self.addCleanup(setattr, children, "start", self.start)

    def start_late(self, target, *args):
        prompt = target not in self.started
        self.started.append(target)
        return self.start(target, *args) if prompt else self.start(late, target, *args)

    def tally(self, writers, readers, frames, size, locked=False):
        crew = sharing.Crew(writers, readers)
        return sharing.tally(sharing.pipe_channel(False), crew, frames, size, locked)

    def test_late_readers_tear_large_frames(self):
        self.assertFalse(sharing.intact(self.tally(1, 3, 50, 200000)))

    def test_late_writers_tear_large_frames(self):
        self.assertFalse(sharing.intact(self.tally(3, 1, 50, 200000)))

    def test_late_ones_with_locks_tear_nothing(self):
        self.assertTrue(sharing.intact(self.tally(2, 2, 50, 200000, locked=True)))


if __name__ == "__main__":
    unittest.main()
