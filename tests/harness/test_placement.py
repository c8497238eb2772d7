"""Which cores each process of a trial gets, on machines that are described and on this one."""

from __future__ import absolute_import

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from agents import HARNESS, OUTERMOST, Agent

sys.path.insert(0, HARNESS)
try:
    import compat
    import placement
    from placement import Core
    from transports import manager_queue
finally:
    sys.path.remove(HARNESS)


def plain(*numbers):
    """Return cores of one kind, node and cache."""
    return [Core(number, number, 0, 0, 1024) for number in numbers]


# Four physical cores, siblings next to each other.
SMT = [Core(number, number // 2 * 2, 0, 0, 1024) for number in range(8)]
# Two nodes of four cores, numbered alternately.
NUMA = [Core(number, number, number % 2, number % 2, 1024) for number in range(8)]
# One node, four caches of two cores.
CACHES = [Core(number, number, 0, number // 2 * 2, 1024) for number in range(8)]
# Four weak cores first, then two strong ones with siblings.
HYBRID = [Core(number, number, 0, 0, 446) for number in range(4)] + [
    Core(number, number // 2 * 2, 0, 0, 1024 - number % 2) for number in range(4, 8)
]
# As above, but of the strong ones only one is allowed.
ONE_STRONG = HYBRID[:5]
ONE_EACH = [Core(0, 0, 0, 0, 446), Core(4, 4, 0, 0, 1024)]
SIBLINGS = [Core(0, 0, 0, 0, 1024), Core(1, 0, 0, 0, 1024)]
# Four nodes of one core; and two of eight caches of eight cores, whose siblings come after all.
ONE_A_NODE = [Core(number, number, number, number, 1024) for number in (0, 2, 5, 9)]
LARGE = [
    Core(number, number % 128, number % 128 // 64, number % 128 // 8 * 8, 1024)
    for number in range(256)
]
# The cpuset of a container: of one cache a core and its sibling, of another three cores.
CPUSET = [Core(number, number % 8, 0, number % 8 // 4 * 4, 1024) for number in (3, 4, 5, 7, 11)]
# Three kinds, of the strongest only one.
KINDS = [Core(0, 0, 0, 0, 1024)] + [Core(number, number, 0, 0, 900) for number in (1, 2, 3)] + [
    Core(number, number, 0, 0, 400) for number in range(4, 8)
]

# Each with the numbers of producers, workers and helpers, and what is told of their cores.
APART = (
    (plain(0, 1), (1, 1, 0), "0/1"),
    (plain(0, 1), (1, 8, 0), "0/" + ";".join("1" * 8)),
    (plain(0, 1), (8, 1, 0), ";".join("0" * 8) + "/1"),
    (plain(0, 1), (1, 2, 1), "0/1;1/1"),
    (plain(0, 1), (1, 0, 2), "0//1;1"),
    (plain(0, 1, 2, 3), (1, 1, 0), "0/1"),
    (plain(0, 1, 2, 3), (1, 1, 1), "0/1/2"),
    (plain(0, 1, 2, 3), (1, 1, 2), "0/1/2;3"),
    (plain(0, 1, 2, 3), (1, 2, 2), "0/1;2/3;1+2"),
    (plain(0, 1, 2, 3), (1, 8, 0), "0/1;2;3;1;2;3;1;2"),
    (plain(0, 1, 2, 3), (1, 3, 1), "0/1;2;3/1+2+3"),
    (plain(0, 1, 2, 3), (2, 1, 0), "0;1/2"),
    (plain(0, 1, 2, 3), (8, 1, 1), "0;1;2;0;1;2;0;1/3/3"),
    (plain(1, 3, 5, 7), (1, 2, 1), "1/3;5/7"),
    (plain(3, 8), (1, 2, 0), "3/8;8"),
    (SMT, (1, 1, 0), "0/2"),
    (SMT, (1, 8, 0), "0/2;4;6;2;4;6;2;4"),
    (SMT[1:], (1, 2, 1), "1/2;4/6"),
    (SIBLINGS, (1, 2, 0), "0/1;1"),
    (NUMA, (1, 1, 0), "0/2"),
    (NUMA, (1, 3, 0), "0/2;4;6"),
    (NUMA[1:], (1, 3, 0), "1/3;5;7"),
    (NUMA[:3], (1, 1, 1), "0/2/1"),
    (NUMA, (1, 4, 0), "0/2;4;6;1"),
    (NUMA, (1, 8, 0), "0/2;4;6;1;3;5;7;2"),
    (CACHES, (1, 1, 0), "0/1"),
    (CACHES[1:], (1, 1, 0), "2/3"),
    (CACHES, (1, 2, 0), "0/1;2"),
    (HYBRID, (1, 1, 0), "4/6"),
    (HYBRID, (1, 4, 1), "4/6;6;6;6/6"),
    (ONE_STRONG, (1, 2, 0), "0/1;2"),
    (ONE_EACH, (1, 1, 0), "0/4"),
    (ONE_A_NODE, (1, 1, 0), "0/2"),
    (ONE_A_NODE, (1, 8, 0), "0/2;5;9;2;5;9;2;5"),
    (LARGE, (1, 1, 0), "0/1"),
    (LARGE, (1, 7, 0), "0/1;2;3;4;5;6;7"),
    (LARGE, (1, 8, 0), "0/1;2;3;4;5;6;7;8"),
    (LARGE[60:66], (1, 1, 0), "60/61"),
    (LARGE[60:66], (1, 4, 0), "60/61;62;63;64"),
    (LARGE[60:66] + LARGE[190:], (1, 1, 1), "60/61/62"),
    (LARGE[::128], (1, 1, 0), "0/128"),
    (CPUSET, (1, 1, 0), "4/5"),
    (CPUSET, (1, 4, 0), "3/4;5;7;4"),
    (KINDS, (1, 2, 0), "1/2;3"),
    (KINDS, (1, 8, 0), "1/2;3;2;3;2;3;2;3"),
)


class PlacesTest(unittest.TestCase):
    def test_apart(self):
        for cores, counts, told in APART:
            found = placement.places("apart", cores, *counts)
            self.assertEqual(placement.as_text(found), told, (cores, counts))
            self.assertEqual(tuple(map(len, found)), counts)

    def test_together_and_free(self):
        found = placement.places("together", plain(3, 5), 1, 2, 1)
        self.assertEqual(placement.as_text(found), "3/3;3/3")
        found = placement.places("together", plain(3), 1, 1, 0)
        self.assertEqual(placement.as_text(found), "3/3")
        found = placement.places("free", plain(3, 5), 2, 2, 1)
        self.assertEqual((placement.as_text(found), list(map(len, found))), ("", [2, 2, 1]))

    def test_together_is_on_the_core_on_which_apart_begins(self):
        # Else the placements would compare a weak core with strong ones.
        for cores, first in ((HYBRID, 4), (KINDS, 1), (CPUSET, 4), (SMT[1:], 1), (NUMA[1:], 1)):
            for name in ("together", "apart"):
                found = placement.places(name, cores, 1, 1, 0)
                self.assertEqual(found.producers, [[first]], (name, cores))

    def test_a_workers_core_is_never_a_producers(self):
        for cores in (plain(0, 1), plain(*range(8)), SMT, NUMA, CACHES, HYBRID, ONE_STRONG):
            for producers in range(1, 10):
                for workers in range(1, 10):
                    found = placement.places("apart", cores, producers, workers, 1)
                    sent = set(core for one in found.producers for core in one)
                    came = set(core for one in found.workers for core in one)
                    self.assertFalse(sent & came)
                    self.assertFalse(sent.intersection(found.helpers[0]))


class DescribedTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()

    def tearDown(self):
        shutil.rmtree(self.root)

    def write(self, path, text):
        path = self.root + path
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        with open(path, "w") as stream:
            stream.write(text + "\n")

    def core(self, number, siblings, shared, **more):
        folder = "%s/cpu%d" % (placement.CPU, number)
        self.write(folder + "/topology/" + more.get("named", "core_cpus_list"), siblings)
        self.write(folder + "/node%d/cpulist" % more.get("node", 0), "")
        for index, (level, cores) in enumerate([(1, str(number)), (1, str(number)), (3, shared)]):
            self.write(folder + "/cache/index%d/level" % index, str(level))
            self.write(folder + "/cache/index%d/shared_cpu_list" % index, cores)
        if "capacity" in more:
            self.write(folder + "/cpu_capacity", str(more["capacity"]))

    def test_siblings_nodes_caches_and_capacity(self):
        self.core(5, "1,5", "1-3,5", node=12, capacity=446)
        self.core(2, "2,6", "1-3,5", named="thread_siblings_list")
        self.assertEqual(
            placement.described([2, 5], self.root),
            [Core(2, 2, 0, 1, 1024), Core(5, 1, 12, 1, 446)],
        )

    def test_weak_cores_by_the_names_of_their_counters(self):
        self.core(0, "0-1", "0-2")
        self.core(2, "2", "0-2")
        self.write("/sys/devices/cpu_atom/cpus", "2-9")
        self.write("/sys/devices/cpu_lowpower/cpus", "12-13")
        found = [core.capacity for core in placement.described([0, 2, 13], self.root)]
        self.assertEqual(found, [1024, 512, 256])

    def test_files_that_say_nothing_are_as_good_as_none(self):
        for odd in (None, "", "unknown", "0-", "(null)", b"\xff\xfe"):
            self.core(0, "0-1", "0-3", capacity=900)
            for name in ("topology/core_cpus_list", "cache/index2/level", "cpu_capacity"):
                path = "%s%s/cpu0/%s" % (self.root, placement.CPU, name)
                os.remove(path)
                if odd is None:
                    os.mkdir(path)
                else:
                    with open(path, "wb") as stream:
                        stream.write(odd if isinstance(odd, bytes) else odd.encode("ascii"))
            (found,) = placement.described([0], self.root)
            self.assertEqual((found.physical, found.node, found.capacity), (0, 0, 1024), odd)
            shutil.rmtree(self.root + "/sys")

    def test_a_core_that_is_away_leaves_a_hole_in_the_numbers(self):
        # 1 and 4 are switched off: the system keeps their folders, but says nothing of them.
        for number, siblings in ((0, "0"), (2, "2,6"), (6, "2,6"), (9, "9")):
            self.core(number, siblings, "0,2,6,9")
        for number in (1, 4):
            os.makedirs("%s%s/cpu%d" % (self.root, placement.CPU, number))
        found = placement.described([0, 2, 6, 9], self.root)
        self.assertEqual([core.physical for core in found], [0, 2, 2, 9])
        self.assertEqual(placement.as_text(placement.places("apart", found, 1, 2, 0)), "0/2;9")

    def test_the_last_level_is_that_of_the_highest_number(self):
        for index, (level, cores) in enumerate([(3, "0-7"), (1, "3"), (2, "2-3")]):
            folder = "%s/cpu3/cache/index%d" % (placement.CPU, index)
            self.write(folder + "/level", str(level))
            self.write(folder + "/shared_cpu_list", cores)
        self.assertEqual([core.cache for core in placement.described([3], self.root)], [0])

    def test_where_nothing_is_reported_all_are_alike(self):
        found = placement.described([1, 7], self.root)
        self.assertEqual(found, [Core(1, 1, 0, 0, 1024), Core(7, 7, 0, 0, 1024)])


@unittest.skipIf(placement.supported("apart"), placement.supported("apart"))
class BoundTest(unittest.TestCase):
    """`bound_to` of a record is what the roles say of themselves."""

    def planned(self, *counts):
        return placement.as_text(placement.places("apart", placement.machine(), *counts))

    def test_roles_run_where_they_are_meant_to(self):
        trials = [
            {"transport": transport, "topology": topology, "workers": 3}
            for transport in ("pipe", "thread_queue", "pool_manager_queue", "manager_queue")
            for topology in ("fan_out", "fan_in")
        ]
        trials.append(dict(trials[-1], topology="request_reply"))
        methods = compat.start_methods() if OUTERMOST else []
        trials += [dict(trials[0], start_method=method) for method in methods]
        for trial in trials:
            trial.update(placement="apart", messages=30, warmup=3)
        with Agent() as agent:
            records = agent.run(trials)
        for trial, record in zip(trials, records):
            self.assertEqual(record["status"], "ok", (trial, record["detail"]))
            counts = (3, 1) if trial["topology"] == "fan_in" else (1, 3)
            channels = 2 if trial["topology"] == "request_reply" else 1
            helpers = channels if "manager" in trial["transport"] else 0
            self.assertEqual(record["bound_to"], self.planned(*counts + (helpers,)), trial)

    def test_a_managers_server_is_bound_with_all_its_threads(self):
        last = compat.allowed_cores()[-1]
        channel = manager_queue.open(compat.context("fork"), [last])
        try:
            channel.queue.put(1)
            seen = []
            for path in glob.glob("/proc/%d/task/*/status" % channel.manager._process.pid):
                with open(path) as stream:
                    seen += [line for line in stream if line.startswith("Cpus_allowed_list")]
            self.assertGreater(len(seen), 1)
            self.assertEqual(set(int(line.split()[1]) for line in seen), set([last]))
        finally:
            manager_queue.close(channel)

    def test_what_a_managers_server_used_is_its_own_and_leaves_no_object_behind(self):
        channel = manager_queue.open(compat.context("fork"))
        try:
            before = manager_queue.helper_usage(channel)
            for number in range(3000):
                channel.queue.put(number)
            spent = compat.used_between(before, manager_queue.helper_usage(channel))
            self.assertGreater(spent.user + spent.system, 0.01)
            self.assertGreater(spent.voluntary + spent.involuntary, 1000)
            self.assertGreater(spent.peak_rss_kib, 1000)
            self.assertEqual(channel.manager._number_of_objects(), 1)
        finally:
            manager_queue.close(channel)

    def test_on_one_core_apart_is_unsupported(self):
        code = (
            "import sys; sys.path.insert(0, %r); import compat, describe, invocation;"
            "compat.run_on(compat.allowed_cores()[:1]);"
            "print(describe.describe()['placements']['apart']);"
            "print(invocation.run(dict(%r))['status'])"
        )
        trial = {
            "transport": "pipe",
            "payload": "int",
            "topology": "one_to_one",
            "workers": 1,
            "start_method": "default",
            "placement": "apart",
        }
        told = subprocess.check_output([sys.executable, "-c", code % (HARNESS, trial)])
        lines = told.decode("ascii").splitlines()
        self.assertEqual(lines, ["apart needs two cores; one is allowed here", "unsupported"])

    def test_a_system_that_refuses_says_so(self):
        def refuse(cores):
            raise OSError(1, "Operation not permitted")

        before, compat.run_on = compat.run_on, refuse
        try:
            for name in ("together", "apart"):
                self.assertIn("Operation not permitted", placement.supported(name))
            compat.run_on = str  # does nothing
            self.assertIn("though it says so", placement.supported("apart"))
            self.assertEqual(placement.supported("free"), "")
        finally:
            compat.run_on = before
