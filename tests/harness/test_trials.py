"""Every transport, payload, topology, start method and placement moves its messages rightly."""

from __future__ import absolute_import

import sys
import unittest

from agents import HARNESS, OUTERMOST, TRIAL, Agent, forbidden, left, shared

FEW = ("manager_queue", "pool_manager_queue", "interpreters_queue", "redis_list")
PICKLING = ("os_pipe", "pipe", "pipe_bytes", "queue", "thread_queue")
PICKLING += ("unix_socketpair", "unix_seqpacket", "shm_ring", "shm_slots_view", "shm_slots_copy")
PICKLING += ("pickle5_buffers", "memory_copy")
"""Each way in which messages become bytes, once."""
KINDS = ("pipe", "pipe_simplex", "queue")
"""A channel for each pair, both ways and one way, and a channel that all share."""
HANDED = ("pipe", "queue", "manager_queue", "thread_queue", "pool_initializer_queue")
HANDED += ("listener_unix", "shm_ring")
"""Each way in which processes get their channels, once."""
NEWEST = sys.version_info >= (3, 13)


class TrialTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = Agent()
        cls.known = cls.agent.ask(op="describe")["describe"]

    @classmethod
    def tearDownClass(cls):
        cls.agent.__exit__()

    def supported(self, kind):
        return sorted(name for name, reason in self.known[kind].items() if not reason)

    def run_all(self, trials, invocation="forked"):
        whole = [dict(TRIAL, **trial) for trial in trials]
        possible = [trial for trial in whole if not forbidden(trial, self.known["rules"])]
        for trial in possible:
            if trial["topology"] == "request_reply_poll":  # polls cost a time slice each
                trial.update(messages=6, warmup=2, verify=4)
            elif trial["transport"] in FEW:
                trial.update(messages=60, warmup=10)
        records = self.agent.run(possible, invocation)
        for trial, record in zip(possible, records):
            self.assertEqual(record["status"], "ok", (trial, record["detail"]))
            self.sound(trial, record)
        return list(zip(possible, records))

    def sound(self, trial, record):
        self.assertEqual(record["messages"], trial["messages"])
        self.assertGreater(record["seconds"], 0)
        self.assertLessEqual(record["send_seconds"], record["seconds"] + 0.05)
        self.assertGreater(record["cpu_user_seconds"] + record["cpu_system_seconds"], 0)
        if record["per_worker"]:
            self.assertEqual(sum(record["per_worker"]), trial["messages"])
            self.assertEqual(len(record["per_worker"]), trial["workers"])
        else:
            self.assertIn("chunk", record["facts"], "only a pool keeps its counts to itself")
        self.assertGreater(record["wall_seconds"], record["seconds"])
        self.assertGreater(record["peak_rss_kib"], 1000)
        self.assertGreaterEqual(record["peak_rss_sum_kib"], record["peak_rss_kib"])

    def test_every_transport_serves_every_topology(self):
        """Each has both kinds of layout at two workers, and none leaves a file or process.

        Under the oldest and the newest interpreters three of different kinds have more.
        """
        few = {"messages": 100, "warmup": 10, "verify": 10}
        pairs = [
            (transport, topology)
            for transport in self.supported("transports")
            for topology in self.supported("topologies")
        ]
        every = [
            dict(few, transport=transport, topology=topology, workers=workers, leftovers=10.0)
            for transport, topology in shared(pairs)
            for workers in (1, 2, 3)
            if workers == 2
            or topology == "one_to_one"
            or (OUTERMOST and transport in KINDS)
        ]
        for trial, record in self.run_all(every):
            self.assertIn("pickle_protocol", record["facts"], trial)
            self.assertEqual(left(record), [], trial)

    def test_every_payload_arrives_as_it_was_sent(self):
        names = [
            name + ":40x40x3" if name.endswith("ndarray") else name
            for name in self.supported("payloads")
        ]
        self.run_all(
            {"transport": transport, "payload": payload, "messages": 40, "verify": 5}
            for transport in PICKLING
            if not self.known["transports"][transport]
            for payload in names + ["str:1", "bytes:100000", "str:70000"]
        )

    def test_the_bare_pipe_carries_bytes_of_any_size_everywhere(self):
        self.run_all(
            {"transport": "os_pipe", "payload": payload, "messages": 20, "verify": 7}
            for payload in ("bytes:1", "bytes:4097", "bytes:65536", "bytes:65537", "bytes:2000000")
        )
        for size in ("4096", "1048576"):
            trial = {"transport": "os_pipe:" + size, "payload": "bytes:300000", "messages": 20}
            self.assertEqual(self.run_all([trial])[0][1]["facts"]["capacity"], size)
        record = self.agent.run([{"transport": "os_pipe:99999999999"}])[0]
        self.assertEqual(record["status"], "unsupported", record["detail"])
        self.run_all(
            {
                "transport": "os_pipe",
                "payload": "bytes:10000",
                "topology": topology,
                "workers": 2,
                "messages": 60,
                "verify": 7,
            }
            for topology in self.supported("topologies")
        )
        self.run_all(
            {"transport": "os_pipe", "payload": "bytes:70000", "start_method": method}
            for method in self.supported("start_methods")
        )

    def test_every_start_method_runs_every_transport(self):
        """And leaves neither file nor process; the default one has run them with each topology.

        Under older interpreters each way in which processes get their channels is tried.
        """
        names = self.supported("transports")
        for trial, record in self.run_all(
            {"transport": name, "start_method": method, "messages": 100, "leftovers": 10.0}
            for method in self.supported("start_methods")
            for name in (names if NEWEST else set(names).intersection(HANDED))
            if method != self.known["default_start_method"]
        ):
            self.assertEqual(left(record), [], trial)

    def test_pools_run_with_every_start_method_and_chunk(self):
        """And with work, which their start has no part in, with the default one."""
        methods = self.supported("start_methods")
        shapes = [("scatter_gather", method) for method in methods]
        for _, record in self.run_all(
            dict(transport=transport, start_method=method, topology=topology, messages=100)
            for topology, method in shapes + [("scatter_gather:50", "default")]
            for transport in ("pool_map:1", "pool_imap:20", "process_pool_executor:30")
            if not self.known["transports"][transport.partition(":")[0]]
            if OUTERMOST or transport == "pool_map:1" or method != "forkserver"
        ):
            self.assertIn(record["facts"]["chunk"], ("1", "20", "30"))

    def test_the_default_start_method_is_recorded_by_name(self):
        record = self.run_all([{}])[0][1]
        self.assertEqual(record["facts"]["start_method"], self.known["default_start_method"])

    def test_together_keeps_all_roles_on_one_core(self):
        for _, record in self.run_all(
            {"placement": "together", "transport": transport, "messages": 20000}
            for transport in ("pipe", "queue", "thread_queue")
        ):
            cpu = record["cpu_user_seconds"] + record["cpu_system_seconds"]
            self.assertLess(cpu / record["seconds"], 1.1)

    def test_together_binds_the_servers_process_too(self):
        trial = {"placement": "together", "transport": "manager_queue", "messages": 60}
        for _, record in self.run_all([trial]):
            self.assertEqual(len(record["facts"]["cores_allowed"].split(",")), 1)
        free = self.run_all([{}])[0][1]
        self.assertEqual(len(free["facts"]["cores_allowed"].split(",")), self.cores())

    def cores(self):
        sys.path.insert(0, HARNESS)
        try:
            import compat
        finally:
            sys.path.remove(HARNESS)
        return len(compat.allowed_cores())

    def test_round_trips_are_timed_one_by_one(self):
        for topology in ("request_reply", "request_reply_poll"):
            for _, record in self.run_all([{"topology": topology, "transport": "pipe"}]):
                spans = [record["latency"][name] for name in ("p50", "p90", "p99", "p999", "max")]
                self.assertEqual(spans, sorted(spans))
                self.assertGreater(spans[0], 0)

    def test_a_stream_times_no_round_trips(self):
        self.assertEqual(self.run_all([{}])[0][1]["latency"], {})

    def test_busy_work_takes_its_time(self):
        trial = {"topology": "scatter_gather:500", "messages": 100, "workers": 1}
        self.assertGreater(self.run_all([trial])[0][1]["seconds"], 0.05)

    def test_a_pipe_for_each_worker_shares_evenly(self):
        record = self.run_all([{"topology": "fan_out", "workers": 2}])[0][1]
        self.assertEqual(record["per_worker"], [250, 250])

    def test_the_producer_of_a_queue_is_done_before_its_reader(self):
        record = self.run_all([{"transport": "queue", "messages": 20000}])[0][1]
        self.assertLess(record["send_seconds"], record["seconds"])

    def test_a_fresh_invocation_gives_records_of_the_same_shape(self):
        forked = self.run_all([{}, {"transport": "queue"}])
        fresh = self.run_all([{}, {"transport": "queue"}], "fresh")
        for (_, one), (_, other) in zip(forked, fresh):
            self.assertEqual(sorted(one), sorted(other))

    def test_the_seeds_producer_of_new_arrays_is_unsupported_without_numpy(self):
        reason = self.known["payloads"]["made_ndarray"]
        try:
            import numpy
        except ImportError:
            self.assertEqual(reason, "this interpreter has no numpy")
        else:
            self.assertEqual(reason, "")
            self.run_all([{"payload": "made_ndarray:40x40x3", "messages": 20}])
            del numpy


class MistakeTest(unittest.TestCase):
    def refused(self, *mistakes):
        with Agent() as agent:
            records = agent.run([trial for _, trial in mistakes])
        for (text, trial), record in zip(mistakes, records):
            self.assertEqual(record["status"], "failed", trial)
            self.assertIn(text, record["detail"])

    def test_an_unknown_name_lists_the_known_ones(self):
        self.refused(
            ("known: memory_copy, os_pipe", {"transport": "carrier_pigeon"}),
            ("known: int, str", {"payload": "pigeon"}),
            ("known: one_to_one", {"topology": "star"}),
        )

    def test_a_wrong_parameter_says_what_is_allowed(self):
        self.refused(
            ("whole number of bytes", {"payload": "str:-1"}),
            ("takes no parameter", {"payload": "int:4"}),
            ("takes no parameter", {"transport": "pipe:4"}),
            ("whole number from 1 on", {"transport": "os_pipe:0"}),
            ("400x400x3", {"payload": "ndarray:4by4"}),
        )

    def test_a_request_that_is_not_json_is_answered_and_survived(self):
        with Agent() as agent:
            agent.process.stdin.write(b"hello\n")
            agent.process.stdin.flush()
            self.assertIn("error", agent.read())
            self.assertIn("unknown op", agent.ask(op="dance")["error"])
            self.assertEqual(agent.run([{}])[0]["status"], "ok")

    def test_an_exit_request_ends_the_agent(self):
        with Agent() as agent:
            agent.write({"op": "exit"})
            self.assertEqual(agent.process.wait(), 0)

    def test_what_a_trial_prints_never_reaches_the_answers(self):
        with Agent() as agent:
            self.assertEqual(agent.hello["protocol"], 2)
            self.assertIn("describe", agent.ask(op="describe"))


if __name__ == "__main__":
    sys.exit(unittest.main())
