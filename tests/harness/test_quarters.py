"""Under an interpreter that compiles at run time: a second's warm-up, and moments of the quarters.

`jit` in a trial stands in for what the interpreter says of itself.
"""

from __future__ import absolute_import

import sys
import unittest

from agents import HARNESS, OUTERMOST, Agent

sys.path.insert(0, HARNESS)
try:
    import compat
    import quarters
    from transports import Receiver, joinable_queue, os_pipe, pipe_bytes, pipe_locked
finally:
    sys.path.remove(HARNESS)

CASES = [("pipe", "one_to_one"), ("pipe", "request_reply_poll")] + [
    (transport, topology)
    for transport in ("pipe", "simple_queue")
    for topology in ("fan_out", "fan_in", "request_reply", "scatter_gather")
]
CASES += [
    (transport, "fan_out")
    for transport in ("os_pipe", "pipe_bytes", "pipe_locked", "joinable_queue")
]


def messages_in(topology):
    """Return the messages of a trial: few where each poll costs a time slice."""
    return 10 if topology == "request_reply_poll" else 102


def compiling(**trial):
    """Return a trial as under a JIT, but for the second that the warm-up would last."""
    return dict(trial, jit=True, long_warm_up=0.01)


class CompilingTrialTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = Agent()

    @classmethod
    def tearDownClass(cls):
        cls.agent.__exit__()

    def records(self, trials):
        return self.agent.run(trials)

    def test_the_quarters_rise_to_the_whole_in_every_topology(self):
        trials = [
            compiling(
                transport=transport,
                topology=topology,
                workers=1 if topology == "one_to_one" else 2,
                messages=messages_in(topology),
            )
            for transport, topology in CASES
        ]
        for trial, record in zip(trials, self.records(trials)):
            self.assertEqual(record["status"], "ok", (trial, record["detail"]))
            self.assertEqual(sum(record["per_worker"]), trial["messages"])
            found = record["quarter_seconds"]
            self.assertEqual(len(found), 4, trial)
            self.assertEqual(found, sorted(set(found)), trial)
            self.assertGreater(found[0], 0)
            self.assertEqual(found[3], record["seconds"])

    def test_the_warm_up_lasts_a_second_however_few_its_messages(self):
        second = {} if OUTERMOST else {"long_warm_up": 0.3}
        trials = [{"jit": True, "long_warm_up": 0.3}]
        trials.append(dict(second, jit=True, warmup=0, messages=20))
        for trial, record in zip(trials, self.records(trials)):
            self.assertEqual(record["status"], "ok", record["detail"])
            lasts = trial.get("long_warm_up", 1.0)
            self.assertGreater(record["wall_seconds"], lasts + record["seconds"])

    def test_other_interpreters_note_no_quarters(self):
        record = self.records([{"jit": False}])[0]
        self.assertEqual((record["status"], record["quarter_seconds"]), ("ok", []))

    def test_an_interpreter_is_taken_at_its_word(self):
        quartered = len(self.records([{}])[0]["quarter_seconds"])
        self.assertEqual(quartered, 4 if compat.jit() in ("pypy", "on") else 0)

    def test_fewer_than_four_messages_have_no_quarters(self):
        for record in self.records([compiling(messages=messages) for messages in (1, 3)]):
            self.assertEqual((record["status"], record["quarter_seconds"]), ("ok", []))

    def test_what_is_lost_or_doubled_is_reported_there_too(self):
        topologies = ("one_to_one", "fan_out", "fan_in")
        for fault, word in (("lose", "lost"), ("double", "doubled")):
            trials = [
                compiling(topology=topology, fault="producer:" + fault, messages=100)
                for topology in topologies
            ]
            for record in self.records(trials):
                self.assertEqual(record["status"], "corrupt")
                self.assertIn(word, record["detail"])

    def test_a_thread_and_a_pool_note_them_too(self):
        trials = [
            compiling(transport=transport, topology="fan_out", messages=200)
            for transport in ("thread_queue", "pool_manager_queue")
        ]
        for record in self.records(trials):
            self.assertEqual(record["status"], "ok", record["detail"])
            self.assertEqual(len(record["quarter_seconds"]), 4)


if not (OUTERMOST or hasattr(sys, "pypy_version_info")):
    del CompilingTrialTest  # only PyPy, and CPython from 3.13 on, compile at run time


class MomentsTest(unittest.TestCase):
    def test_one_receiver_says_the_quarters_itself(self):
        steps = [(11.0, 2), (13.0, 2), (14.0, 2)]
        self.assertEqual(quarters.moments(10.0, 18.0, steps, 8), [11.0, 13.0, 14.0, 18.0])

    def test_between_two_steps_messages_come_evenly(self):
        # Of 10 messages 2.5 are a quarter: half a message after the step of 2.
        steps = [(12.0, 2), (15.0, 3), (17.0, 2)]
        self.assertEqual(quarters.moments(10.0, 20.0, steps, 10), [12.5, 15.0, 17.5, 20.0])

    def test_the_steps_of_several_workers_are_taken_together(self):
        one, other = [(11.0, 2), (12.0, 2)], [(14.0, 2), (16.0, 2)]
        self.assertEqual(quarters.moments(10.0, 17.0, other + one, 8), [11.0, 12.0, 14.0, 17.0])

    def test_without_a_step_all_come_evenly(self):
        self.assertEqual(quarters.moments(0.0, 8.0, [], 100), [2.0, 4.0, 6.0, 8.0])

    def test_goals_are_the_inner_quarters(self):
        for count, expected in ((8, [2, 4, 6]), (10, [2, 5, 7]), (2, [1]), (1, []), (0, [])):
            self.assertEqual(quarters.goals(count), expected)

    def test_round_trips_say_their_quarters(self):
        found = quarters.of_round_trips([float(moment) for moment in range(11)])
        self.assertEqual(found, [(2.0, 2), (5.0, 3), (7.0, 2)])


class LoopTest(unittest.TestCase):
    """The loops of a phase in parts move what the one loop would."""

    def fed(self, messages):
        return Receiver(iter(messages).__next__ if not compat.PY2 else iter(messages).next)

    def test_four_loops_receive_every_message_once(self):
        message, steps = quarters.receive_each(self.fed(range(1, 12)), 11)
        self.assertEqual((message, [came for _, came in steps]), (11, [2, 3, 3]))

    def test_parts_end_at_the_end(self):
        for messages, sizes in ((7, [3, 3]), (6, [3, 3]), (2, []), (0, [])):
            count, steps = quarters.receive_until_end(self.fed([1] * messages + [None]), 3)
            self.assertEqual((count, [came for _, came in steps]), (messages, sizes))

    def test_every_loop_of_a_transport_counts_the_same(self):
        for module in (os_pipe, pipe_bytes, pipe_locked, joinable_queue):
            channel = module.open(compat.context("default"))
            sender, receiver = module.sender(channel, 0), module.receiver(channel, 1)
            for message in (5, 5, 5, None, 5):
                sender.send(message)
            self.assertEqual(receiver.receive_at_most(2), 2)
            self.assertEqual(receiver.receive_at_most(2), 1)
            self.assertEqual(receiver.receive_at_most(1), 1)
            module.close(channel)


class JitOfBuildTest(unittest.TestCase):
    def test_a_3_13_is_known_by_its_configure_and_its_environment(self):
        for arguments, wish, expected in (
            ("", "1", "none"),
            ("'--enable-optimizations' 'CC=gcc -pthread'", "1", "none"),
            ("'--enable-experimental-jit=no'", "1", "none"),
            ("'--disable-experimental-jit'", "1", "none"),
            ("'--enable-experimental-jit'", "", "on"),
            ("'--prefix=/a b' '--enable-experimental-jit=yes'", "", "on"),
            ("--enable-experimental-jit=yes", "0", "off"),
            ("--enable-experimental-jit=yes-off", "", "off"),
            ("--enable-experimental-jit=yes-off", "1", "on"),
            ("--enable-experimental-jit=interpreter", "", "on"),
        ):
            self.assertEqual(compat.jit_of_build(arguments, wish), expected, (arguments, wish))

    def test_an_older_cpython_has_none(self):
        if not hasattr(sys, "pypy_version_info") and sys.version_info < (3, 13):
            self.assertEqual(compat.jit(), "none")


if __name__ == "__main__":
    sys.exit(unittest.main())
