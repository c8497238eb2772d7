"""Each probe answers its question in time, and leaves no process."""

from __future__ import absolute_import, print_function

import os
import re
import sys
import unittest

from agents import HARNESS, Agent, end, living_in_session

sys.path.insert(0, HARNESS)
import agent  # noqa: E402
import compat  # noqa: E402
import guard  # noqa: E402
import probes  # noqa: E402

DEADLINE = 30.0
YES, NO, UNSUPPORTED = "yes", "no", "unsupported"
FREE_THREADED = compat.implementation().endswith("t")

ANSWERS = {
    "join_before_drain_queue": YES,
    "join_before_drain_simple_queue": YES,
    "join_before_drain_pipe": YES,
    "join_before_drain_manager": NO,
    "join_before_drain_cancelled": NO,
    "exit_before_drain": YES,
    "empty_after_put": YES,
    "order_one_producer": YES,
    "order_several_producers": YES,
    "queue_to_pool_method": NO,
    "manager_proxy_to_pool": YES,
    "queue_by_initializer": YES,
    "queue_shared_by_all": YES,
    "shared_pipe_readers": NO,
    "shared_pipe_writers": NO,
    "shared_pipe_locked": YES,
    "pipe_full_duplex": YES,
    "pipe_simplex_one_way": YES,
    "pipe_capacity": NO,
    "send_blocks": YES,
    "put_returns_early": YES,
    "recv_on_empty_blocks": YES,
    "queue_two_ways": YES,
    "queue_built_on_pipe": YES,
    "queue_feeder_thread": YES,
    "pipe_and_queue_surface": YES,
    "send_pickles": YES,
    "mutate_after_put": NO,
    "unpicklable_put": NO,
    "child_exception_stderr": YES,
    "child_exception_seen": NO,
    "pool_exception_stderr": NO,
    "manager_queue_worker_death": YES,
    "queue_worker_death": NO,
    "default_start_method": YES if sys.version_info < (3, 14) else NO,
    "joinable_counts": YES,
    "one_thread_at_once": NO if FREE_THREADED else YES,
    "threads_overlap_io": YES,
}
if len(compat.allowed_cores()) == 1:
    ANSWERS["one_thread_at_once"] = UNSUPPORTED

WAITING = (
    "join_before_drain_queue",
    "join_before_drain_simple_queue",
    "join_before_drain_pipe",
    "exit_before_drain",
    "queue_worker_death",
)
"""They wait for children that hang: each has an agent of its own, and is asked first."""


def question(name):
    return {"op": "probe", "id": name, "name": name, "timeout": DEADLINE}


class TableTest(unittest.TestCase):
    def test_an_unknown_name_is_reported_the_known_ones(self):
        try:
            probes.load("telepathy")
        except probes.UnknownProbe as error:
            self.assertIn("'telepathy'", str(error))
            self.assertIn("join_before_drain_queue", str(error))
        else:
            self.fail("telepathy was loaded")

    def test_every_probe_file_is_in_the_table(self):
        folder = os.path.join(HARNESS, "probes")
        asking = set()
        for name in os.listdir(folder):
            if name.endswith(".py"):
                with open(os.path.join(folder, name)) as text:
                    if re.search(r"^SUMMARY = ", text.read(), re.MULTILINE):
                        asking.add(name[:-3])
        self.assertEqual(asking, set(probes.NAMES))

    def test_every_summary_is_one_question(self):
        for name in probes.NAMES:
            summary = probes.load(name).SUMMARY
            self.assertTrue(summary.endswith("?"), name)
            self.assertEqual(summary.count("?"), 1, name)

    def test_every_probe_has_an_expected_answer(self):
        self.assertEqual(set(ANSWERS), set(probes.NAMES))


class Raising(object):
    """Stands in for the module of a probe."""

    @staticmethod
    def supported():
        return ""

    @staticmethod
    def run():
        raise RuntimeError("a test asked this probe to raise")


class RaisingTest(unittest.TestCase):
    def test_a_probe_that_raises_gives_its_traceback(self):
        loaded, folder = probes.load, guard.Folder()
        probes.load = lambda _: Raising
        try:
            said = agent.run_probe("raising", 5.0, folder)
        finally:
            probes.load = loaded
            folder.remove()
        self.assertEqual(said["answer"], "error")
        self.assertIn("RuntimeError: a test asked this probe to raise", said["detail"])
        self.assertIn("in run", said["detail"])


class AnswerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = Agent()
        cls.waiting = [Agent() for _ in WAITING]
        for one, name in zip(cls.waiting, WAITING):
            one.write(question(name))
        cls.said = {}

    @classmethod
    def tearDownClass(cls):
        end([cls.agent] + cls.waiting)

    def ask(self, name):
        if name not in self.said:
            if name in WAITING:
                asked = self.waiting[WAITING.index(name)]
            else:
                asked = self.agent
                asked.write(question(name))
            self.said[name] = asked.read()["probe"]
            left = living_in_session(asked.process.pid)
            self.assertEqual(left, [], "left behind by " + name)
        return self.said[name]

    def figures(self, name):
        return self.ask(name)["figures"]

    def test_a_join_hangs_from_about_the_size_of_a_pipe_on(self):
        figures = self.figures("join_before_drain_queue")
        self.assertLessEqual(figures["hangs_from"] - figures["ends_up_to"], 16)
        self.assertGreater(figures["ends_up_to"], 4000)
        self.assertLess(figures["hangs_from"], 300000)

    def test_cancelling_the_join_loses_messages(self):
        self.assertGreater(self.figures("join_before_drain_cancelled")["lost"], 0)

    def test_the_error_of_a_queue_for_a_pool_method_is_reported(self):
        self.assertIn("through inheritance", self.ask("queue_to_pool_method")["detail"])

    def test_small_frames_of_several_writers_stay_whole_and_large_ones_do_not(self):
        figures = self.figures("shared_pipe_writers")
        self.assertEqual(figures["simplex_small_missing"], 0)
        self.assertGreater(figures["simplex_large_missing"], 0)
        self.assertTrue(
            self.ask("shared_pipe_writers")["detail"].startswith("simplex, 100000 bytes")
        )

    def test_a_duplex_pipe_holds_fewer_small_messages(self):
        figures = self.figures("pipe_capacity")
        self.assertLess(figures["duplex_messages"], figures["simplex_messages"])

    def test_only_the_queue_with_a_thread_delivers_what_an_object_became(self):
        figures = self.figures("mutate_after_put")
        self.assertGreater(figures["wrong"], 50)
        self.assertEqual((figures["simple_queue_wrong"], figures["pipe_wrong"]), (0, 0))

    def test_what_cannot_be_pickled_is_lost_by_put_and_refused_by_send(self):
        figures = self.figures("unpicklable_put")
        self.assertEqual(figures, {"send_raises": 1, "arrived": 0, "on_stderr": 1})

    def test_a_parent_learns_exit_codes_only(self):
        figures = self.figures("child_exception_seen")
        self.assertEqual(figures, {"exit_code": 1, "killed_exit_code": -9})

    def test_queues_wait_on_empty_as_pipes_do(self):
        figures = self.figures("recv_on_empty_blocks")
        self.assertEqual(figures, {"poll_sees": 0, "pipe": 1, "queue": 1, "simple_queue": 1})

    def test_a_killed_reader_takes_one_object_of_a_managers_queue_along(self):
        self.assertEqual(self.figures("manager_queue_worker_death")["lost"], 1)


def _answer_test(name):
    def test(self):
        said = self.ask(name)
        self.assertEqual(said["answer"], ANSWERS[name], said["detail"])
        self.assertTrue(said["detail"])
        for figure in said["figures"].values():
            self.assertTrue(isinstance(figure, (int, float)), said["figures"])

    return test


for _name in probes.NAMES:
    setattr(AnswerTest, "test_answer_of_" + _name, _answer_test(_name))


if __name__ == "__main__":
    unittest.main()
