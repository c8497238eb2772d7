"""Work of a worker for each message: how much, of which message, and that it is done."""

from __future__ import absolute_import

import sys
import unittest

from agents import HARNESS, Agent

sys.path.insert(0, HARNESS)
try:
    import compat
    import payloads
    import topologies
    import work
    from compat import cpu_now
    from topologies import fan_out
    from transports import Receiver
finally:
    sys.path.remove(HARNESS)

FIRST = [2607, 465, 802, 516, 27, 3155]
"""Microseconds of the first messages where the mean is 1000."""
UNEVEN = "fan_out:50us~exp"


class SharesTest(unittest.TestCase):
    def test_equal_work_is_one_number(self):
        self.assertEqual(topologies.parse("fan_out:50us")[1], [50 * 1e-6])
        self.assertFalse(work.are_uneven(topologies.parse("fan_out:50us")[1]))
        self.assertEqual(topologies.parse("fan_out")[1], 0)

    def test_uneven_work_has_the_mean_and_the_form_that_were_asked_for(self):
        shares = topologies.parse(UNEVEN)[1]
        for begin in range(0, len(shares), work.STRATUM):
            stratum = shares[begin : begin + work.STRATUM]
            self.assertAlmostEqual(sum(stratum) / len(stratum), 50e-6, places=12)
            # The median of an exponential distribution is ln 2 of its mean, and 95 % lie below 3.
            below = sum(1 for one in stratum if one < 0.693 * 50e-6)
            self.assertLess(abs(below - work.STRATUM / 2), 3)
            self.assertLess(abs(sum(1 for one in stratum if one > 150e-6) - 6), 2)
        self.assertNotEqual(shares[: work.STRATUM], shares[work.STRATUM : 2 * work.STRATUM])

    def test_the_order_is_the_same_on_every_interpreter(self):
        shares = work.shares("1000us~exp")
        self.assertEqual([int(one * 1e6) for one in shares[:6]], FIRST)

    def test_what_is_not_work_is_refused_before_anything_starts(self):
        for text in ("50", "0us", "us", "-5us", "50us~", "50us~exp~", "50 us", "1.5us", "50ms"):
            with self.assertRaises(topologies.UnknownTopology):
                topologies.parse("fan_out:" + text)

    def test_a_busy_loop_uses_the_processor(self):
        before = cpu_now()
        work.busy(0.002)
        self.assertGreaterEqual(cpu_now() - before, 0.002)


class WorkOfAMessageTest(unittest.TestCase):
    def done(self, payload, topology, numbers, noting=False):
        """Return the work that a worker does who gets these of 200 messages."""
        payload = payloads.build(payload)
        job = topologies.Job(payload, 200, topologies.parse(topology)[1], "", noting)
        sent = list(topologies.timed_messages(job, work.are_uneven(job.parameter)))
        arriving = iter([sent[number] for number in numbers] + [None])
        receiver = Receiver(lambda: next(arriving))
        seat = topologies.Seat(None, [], [receiver], 1, 2)
        seen = []
        before, work.busy = work.busy, seen.append
        try:
            outcome = fan_out.work(seat, job)
        finally:
            work.busy = before
        self.assertEqual(outcome.count, len(numbers))
        return seen, outcome

    def test_it_goes_with_the_message_whoever_gets_it(self):
        shares = topologies.parse(UNEVEN)[1]
        for payload in ("int", "str:10", "bytes:5", "dict", "object"):
            for numbers in (range(0, 200, 2), range(1, 200, 2), [3], [], [199, 5, 5]):
                seen, _ = self.done(payload, UNEVEN, list(numbers))
                self.assertEqual(seen, [shares[number] for number in numbers], payload)

    def test_equal_work_needs_no_numbers(self):
        self.assertEqual(self.done("str:10", "fan_out:7us", range(9))[0], [7 * 1e-6] * 9)

    def test_steps_are_noted_where_they_are_asked_for(self):
        self.assertEqual(self.done("int", UNEVEN, range(9))[1].steps, [])
        noted = self.done("int", UNEVEN, range(9), noting=True)[1].steps
        self.assertEqual([messages for _, messages in noted], [1] * 9)


class WorkingTrialTest(unittest.TestCase):
    def test_the_work_is_done_and_delivery_checked(self):
        trials = [
            {"transport": transport, "payload": payload, "topology": topology, "workers": workers}
            for transport, payload in (
                ("os_pipe", "bytes:100"),
                ("os_pipe", "int"),
                ("pipe", "str:100"),
                ("pipe_bytes", "int"),
                ("queue", "dict"),
                ("joinable_queue", "int"),
                ("thread_queue", "int"),
            )
            for topology, workers in (("fan_out:200us", 1), ("fan_out:200us~exp", 3))
        ]
        for trial in trials:
            trial.update(messages=48, warmup=3)
        with Agent() as agent:
            records = agent.run(trials)
            lost, doubled = agent.run(
                dict(trials[3], workers=1, fault="producer:" + kind, timeout=30.0)
                for kind in ("lose", "double")
            )
        for trial, record in zip(trials, records):
            self.assertEqual(record["status"], "ok", (trial, record["detail"]))
            self.assertEqual(sum(record["per_worker"]), 48)
            # By the clock: who is preempted while it works is charged less than it worked.
            done = record["seconds"] * trial["workers"]
            self.assertGreater(done, 48 * 100e-6)
        self.assertEqual((lost["status"], doubled["status"]), ("corrupt", "corrupt"))


class UsedTest(unittest.TestCase):
    def test_a_split_that_shifts_backwards_gives_no_negative_time(self):
        before = compat.Usage(0.10, 0.10, 1, 2, 100)
        after = compat.Usage(0.35, 0.05, 4, 8, 90)
        used = compat.used_between(before, after)
        self.assertEqual(used[1:], (0.0, 3, 6, 90))
        self.assertAlmostEqual(used.user, 0.2)
