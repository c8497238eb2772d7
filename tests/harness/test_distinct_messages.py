"""What pools are handed: a chunk that is pickled as one list holds no message twice."""

from __future__ import absolute_import

import sys
import unittest

from agents import HARNESS

sys.path.insert(0, HARNESS)
try:
    import compat
    import payloads
    import topologies
    from topologies import scatter_gather
finally:
    sys.path.remove(HARNESS)

SIZES = {"bytes:1000": 1000, "str:1000": 1000, "dict": 20, "object": 20, "fresh:bytes:1000": 1000}


def job_of(name, count, fault=""):
    return topologies.Job(payloads.build(name), count, 0, fault, False)


class DistinctMessagesTest(unittest.TestCase):
    def test_a_chunk_is_as_long_as_its_messages_together(self):
        pickle = compat.pickle_module()
        for name, size in SIZES.items():
            job = job_of(name, 50)
            messages = list(scatter_gather.distinct(job))
            self.assertEqual(len(messages), 50)
            self.assertTrue(job.payload.is_last(messages[-1], 50), name)
            self.assertEqual(len(set(map(id, messages))), 50, name)
            self.assertGreaterEqual(len(pickle.dumps(messages, 2)), 50 * size, name)

    def test_a_fault_of_a_test_loses_and_doubles_some(self):
        self.assertEqual(len(list(scatter_gather.distinct(job_of("int", 50, "lose")))), 47)
        self.assertEqual(len(list(scatter_gather.distinct(job_of("int", 50, "double")))), 53)

    def test_more_than_memory_should_hold_comes_in_turn(self):
        most, scatter_gather.MOST_COPIED = scatter_gather.MOST_COPIED, 5000
        try:
            messages = list(scatter_gather.distinct(job_of("bytes:1000", 9)))
        finally:
            scatter_gather.MOST_COPIED = most
        self.assertEqual(len(messages), 9)
        self.assertEqual(len(set(map(id, messages))), 4)


if __name__ == "__main__":
    unittest.main()
