"""Whatever a worker does, the trial gets its status in time, and no process is left."""

from __future__ import absolute_import

import os
import sys
import time
import unittest

from agents import OUTERMOST, Agent, end, fitting, left, living_in_session

LONGER = 5.0
"""Seconds in which several interpreters start at once, on a busy machine too."""


def semaphores():
    return set(name for name in os.listdir("/dev/shm") if name.startswith("sem."))


def kept():
    """Return the names of what outlives processes: shared memory, semaphores, message queues."""
    folders = [folder for folder in ("/dev/shm", "/dev/mqueue") if os.path.isdir(folder)]
    return set(os.path.join(folder, name) for folder in folders for name in os.listdir(folder))


def left_of(names, there=semaphores):
    """Return those that stay: others on this machine have some for a moment."""
    deadline = time.time() + 10.0
    while names and time.time() < deadline:
        time.sleep(0.1)
        names = names & there()
    return names


def held_by(pid):
    """Return the temporary folders that an agent has open, and thereby holds."""
    opened = "/proc/%d/fd" % pid
    paths = [os.readlink(os.path.join(opened, number)) for number in os.listdir(opened)]
    return [path for path in paths if "/ipcmatrix-agent-" in path]


class FaultTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = Agent()

    @classmethod
    def tearDownClass(cls):
        cls.agent.__exit__()

    def one(self, **trial):
        trial.setdefault("timeout", 30.0)
        record, after = self.agent.run([trial, {}])
        self.assertEqual(after["status"], "ok", after["detail"])
        self.assertEqual(living_in_session(self.agent.process.pid), [])
        return record

    def at_once(self, trials):
        """Return the records of trials that wait, each in an agent of its own."""
        agents = [Agent() for _ in trials]
        try:
            for agent, trial in zip(agents, trials):
                agent.begin([trial, {}])
            found = []
            for agent in agents:
                record, after = agent.records()
                self.assertEqual(after["status"], "ok", after["detail"])
                self.assertEqual(living_in_session(agent.process.pid), [])
                found.append(record)
            return found
        finally:
            end(agents)

    def check(self, status, text, **trial):
        record = self.one(**trial)
        self.assertEqual(record["status"], status, record["detail"])
        self.assertIn(text, record["detail"])
        self.assertIsNone(record["seconds"])

    def test_a_worker_that_raises_gives_its_own_traceback(self):
        for transport in ("pipe", "queue", "thread_queue", "pool_manager_queue"):
            self.check(
                "failed",
                "RuntimeError: a test asked this role to raise",
                transport=transport,
                fault="worker:raise",
            )

    def test_a_producer_that_raises_gives_its_own_traceback(self):
        self.check("failed", "RuntimeError", transport="queue", fault="producer:raise")

    def test_a_worker_that_exits_gives_its_exit_code(self):
        for transport in ("os_pipe", "queue", "thread_queue"):
            self.check("crashed", "exit code 3", transport=transport, fault="worker:exit")

    def test_a_worker_that_is_killed_gives_the_signal(self):
        known = self.agent.ask(op="describe")["describe"]
        names = sorted(name for name, reason in known["transports"].items() if not reason)
        before = kept()
        fault = {"fault": "worker:kill", "leftovers": 10.0}
        trials = [dict(fitting(name, known), **fault) for name in names]
        records = self.agent.run(trials)
        for name, record in zip(names, records):
            self.assertEqual(record["status"], "crashed", (name, record["detail"]))
            self.assertIn("signal 9", record["detail"], name)
            self.assertEqual(left(record), [], name)
        self.assertEqual(living_in_session(self.agent.process.pid), [])
        self.assertEqual(left_of(kept() - before, kept), set())
        for folder in held_by(self.agent.process.pid):
            self.assertEqual(os.listdir(folder), [])

    def test_a_pool_worker_that_dies_is_noticed(self):
        for kind, text in (("kill", "signal 9"), ("exit", "exit code 3")):
            self.check(
                "crashed", text, transport="pool_initializer_queue", fault="worker:" + kind
            )

    def test_messages_that_a_pool_loses_doubles_or_alters_are_corrupt(self):
        shape = {"topology": "scatter_gather", "workers": 2, "messages": 50, "payload": "str:20"}
        faults = ("producer:lose", "producer:double", "producer:reorder", "producer:alter")
        trials = [dict(shape, transport="pool_imap:7", fault=fault) for fault in faults]
        for trial, record in zip(trials, self.agent.run(trials)):
            self.assertEqual(record["status"], "corrupt", (trial, record["detail"]))
        self.check("failed", "RuntimeError", transport="pool_map", fault="worker:raise", **shape)

    def test_a_busy_hang_is_a_timeout_too(self):
        record = self.one(fault="producer:spin", timeout=1.0)
        self.assertEqual(record["status"], "timeout")
        self.assertIn("_spin", record["detail"])

    def test_lost_messages_of_the_timed_stretch_are_corrupt(self):
        names = ("pipe", "os_pipe", "queue", "joinable_queue", "shm_ring")
        trials = [{"transport": name, "fault": "producer:lose", "timeout": 30.0} for name in names]
        for trial, record in zip(trials, self.at_once(trials)):
            self.assertEqual(record["status"], "corrupt", (trial, record["detail"]))
            self.assertIn("lost", record["detail"])
            self.assertIsNone(record["seconds"])

    def test_doubled_messages_of_the_timed_stretch_are_corrupt(self):
        for transport in ("pipe", "queue"):
            self.check("corrupt", "doubled", transport=transport, fault="producer:double")

    def test_bytes_lost_doubled_reordered_or_altered_on_the_bare_pipe_are_corrupt(self):
        for payload in ("bytes:1000", "bytes:70000"):
            for fault in ("lose", "double", "reorder", "alter"):
                record = self.one(
                    transport="os_pipe", payload=payload, messages=50, fault="producer:" + fault
                )
                self.assertEqual(record["status"], "corrupt", (payload, fault, record["detail"]))

    def test_lost_and_doubled_messages_are_corrupt_with_many_workers(self):
        for topology in ("fan_out", "fan_in"):
            for kind in ("lose", "double"):
                for transport in ("pipe", "queue"):
                    self.check(
                        "corrupt",
                        "messages of 500 arrived",
                        transport=transport,
                        topology=topology,
                        workers=2,
                        fault="producer:" + kind,
                    )

    def test_reordered_messages_are_corrupt(self):
        for payload in ("int", "str:50"):
            self.check("corrupt", "reordered", payload=payload, fault="producer:reorder")

    def test_altered_messages_are_corrupt(self):
        for payload in ("str:50", "bytes:50", "dict", "object"):
            self.check("corrupt", "altered", payload=payload, fault="producer:alter")
        self.check("corrupt", "checked phase", payload="int", fault="producer:alter")

    def test_altered_answers_are_corrupt(self):
        self.check(
            "corrupt",
            "altered",
            topology="request_reply",
            payload="dict",
            fault="producer:alter",
        )

    def test_faults_are_reported_in_every_start_method(self):
        methods = self.agent.ask(op="describe")["describe"]["start_methods"]
        for method, reason in sorted(methods.items()):
            if not reason:
                if OUTERMOST:
                    self.check(
                        "failed", "RuntimeError", start_method=method, fault="worker:raise"
                    )
                without_data = method == "forkserver" and sys.version_info < (3, 7)
                self.check(
                    "crashed",
                    "exit code 255" if without_data else "signal 9",
                    start_method=method,
                    fault="worker:kill",
                )

    def test_a_hang_is_a_timeout_with_stacks_in_time_and_leaks_no_semaphore(self):
        methods = self.agent.ask(op="describe")["describe"]["start_methods"]
        names = ("pipe", "manager_queue", "pool_manager_queue")
        trials = [{"transport": name} for name in names] + [
            {"transport": transport, "start_method": method}
            for method, reason in sorted(methods.items())
            if not reason
            for transport in (("queue", "manager_queue") if OUTERMOST else ("queue",))
        ]
        before, started = semaphores(), time.time()
        hanging = [dict(trial, fault="worker:hang", timeout=LONGER) for trial in trials]
        for trial, record in zip(trials, self.at_once(hanging)):
            self.assertEqual(record["status"], "timeout", record["detail"])
            shown = "manager" if trial["transport"] == "manager_queue" else "_hang"
            self.assertIn(shown, record["detail"], trial)
        self.assertLess(time.time() - started, LONGER + 10.0)
        self.assertEqual(left_of(semaphores() - before), set())

    def test_nothing_is_left_in_the_temporary_folder(self):
        self.one(transport="manager_queue", fault="worker:kill")
        mine = held_by(self.agent.process.pid)
        self.assertEqual(len(mine), 1)
        self.assertEqual(os.listdir(mine[0]), [])



if __name__ == "__main__":
    unittest.main()
