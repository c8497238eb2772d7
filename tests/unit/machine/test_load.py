"""What the machine does around a round, from made-up counters before and after it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner.machine.load import CpuMeter, RoundMeter, held_back
from runner.machine.reading import Tree
from runner.model import Conditions
from small_system import process_entry, system

pytestmark = pytest.mark.usefixtures("made_up_processes")

ROOT = 4_194_305
"""A process number that the kernel gives to nobody (its highest is 2 ** 22)."""

HEAT = "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count"


class World:
    """A system with a clock; ticks are hundredths of a second, as on Linux."""

    def __init__(self, root: Path) -> None:
        self.now = 100.0
        self.root = root
        self.busy, self.steal, self.ours, self.waited = 1000, 0, 0, 0.0
        self.more: dict[str, str] = {}
        self.tree: Tree = self.written()

    def written(self) -> Tree:
        stat = f"cpu  {self.busy} 0 0 {int(200 * self.now)} 0 0 0 {self.steal} 0 0\nbtime 1\n"
        pressure = f"some avg10=9.00 avg60=9.00 avg300=9.00 total={round(self.waited * 1e6)}\n"
        files = {
            "proc/stat": stat,
            **process_entry(ROOT, self.ours),
            "proc/pressure/cpu": f"{pressure}full avg10=0.00 total=77\n",
        }
        return system(self.root, files | self.more)

    def passes(self, seconds: float, **more: float) -> None:
        """Let time pass, and counters grow by so much."""
        self.now += seconds
        for name, by in more.items():
            setattr(self, name, getattr(self, name) + by)
        self.written()

    def meter(self, roots: Callable[[], list[int] | None] = lambda: [ROOT]) -> RoundMeter:
        cpu = CpuMeter(roots, lambda: self.now)
        return RoundMeter(cpu, roots, self.tree, lambda: self.now)

    def round(self, meter: RoundMeter, cpu_seconds: float = 0.0, **more: float) -> Conditions:
        """Run a round of two seconds after a pause of 0.03."""
        self.passes(0.03)
        meter.round_begins()
        self.passes(2.0, **more)
        return meter.round_ends(cpu_seconds)


def test_foreign_cpu_and_steal_are_those_of_the_round_only(tmp_path: Path) -> None:
    world = World(tmp_path)
    meter = world.meter()
    world.passes(5.0, busy=500, steal=300)
    found = world.round(meter, busy=200, ours=100, steal=10)
    assert found.foreign_cpu == pytest.approx((200 + 10 - 100) / 100 / 2)
    assert found.steal == pytest.approx(10 / (200 + 10 + 400))


def test_what_the_records_say_is_ours_where_the_trees_lost_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    meter = world.meter()
    assert world.round(meter, 1.5, busy=200, ours=20).foreign_cpu == pytest.approx(0.25)
    assert world.round(meter, 1.5, busy=200, ours=190).foreign_cpu == pytest.approx(0.05)


def test_a_round_too_short_for_ticks_of_ten_milliseconds_is_not_reported(tmp_path: Path) -> None:
    world = World(tmp_path)
    meter = world.meter()
    meter.round_begins()
    world.passes(0.05, busy=5)
    found = meter.round_ends(0.0)
    assert (found.foreign_cpu, found.steal) == (None, None)


def test_pressure_is_that_of_the_pauses_and_not_of_our_own_trials(tmp_path: Path) -> None:
    world = World(tmp_path)
    meter = world.meter()
    meter.rest(lambda seconds: world.passes(seconds, waited=0.03))
    first = world.round(meter, waited=1.9)
    assert first.pressure_idle == pytest.approx(0.03)
    assert first.pressure == pytest.approx(0.03 / 1.03)
    world.passes(0.1, waited=0.05)
    last = world.round(meter, waited=1.9)
    assert last.pressure_idle == pytest.approx(0.03)
    assert last.pressure == pytest.approx(0.05 / 0.13)


def test_short_pauses_count_together_once_they_make_a_tenth_of_a_second(tmp_path: Path) -> None:
    world = World(tmp_path)
    meter = world.meter()
    found = [world.round(meter).pressure for _ in range(7)]
    assert found == [None, None, None, None, 0.0, 0.0, 0.0]


def test_after_a_wait_the_pressure_is_that_of_its_end(tmp_path: Path) -> None:
    world = World(tmp_path)
    meter = world.meter()
    world.round(meter)
    for waited in (0.9, 0.8, 0.0):
        meter.look()
        world.passes(1.0, waited=waited)
    meter.look()
    assert world.round(meter).pressure == 0.0


def test_a_look_while_no_pause_is_known_begins_none(tmp_path: Path) -> None:
    world = World(tmp_path)
    meter = world.meter()
    meter.round_begins()
    meter.look()
    world.passes(2.0, waited=2.0)
    assert world.round(meter).pressure is None


def test_a_round_that_was_broken_off_leaves_no_pause_behind(tmp_path: Path) -> None:
    world = World(tmp_path)
    meter = world.meter()
    meter.round_begins()
    world.passes(2.0, waited=2.0)
    assert world.round(meter).pressure is None


def test_quota_heat_and_swapping_are_counted_over_the_round(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.more = {
        f"proc/{ROOT}/cgroup": "0::/box/one\n",
        "proc/self/cgroup": "0::/user\n",
        "sys/fs/cgroup/box/cpu.stat": "nr_throttled 4\n",
        "sys/fs/cgroup/box/one/cpu.stat": "usage_usec 5\nnr_throttled 1\n",
        "sys/fs/cgroup/user/cpu.stat": "nr_throttled 0\n",
        HEAT: "3\n",
        "proc/vmstat": "pswpin 10\npswpout 99\n",
    }
    world.written()
    meter = world.meter()
    meter.round_begins()
    world.more |= {"sys/fs/cgroup/box/cpu.stat": "nr_throttled 6\n", "proc/vmstat": "pswpin 14\n"}
    world.passes(1.0)
    found = meter.round_ends(0.0)
    assert (found.throttled, found.slowed_for_heat, found.swapped_in) == (2, 0, 4)


def test_what_the_kernel_does_not_say_is_unknown(tmp_path: Path) -> None:
    tree = system(tmp_path, {"proc/stat": "cpu  1 2 3 4 0 0 0 0 0 0\n", **process_entry(1, 0)})
    times = iter(range(100))
    cpu = CpuMeter(list, lambda: float(next(times)))
    meter = RoundMeter(cpu, list, tree)
    meter.rest(lambda _: None)
    meter.round_begins()
    assert meter.round_ends(0.0) == Conditions(foreign_cpu=0.0)


def test_of_agents_on_another_machine_nothing_is_known(tmp_path: Path) -> None:
    world = World(tmp_path)
    meter = world.meter(lambda: None)
    meter.rest(world.passes)
    assert world.round(meter, busy=200) == Conditions()


def test_groups_of_version_one_and_those_above_count_once(tmp_path: Path) -> None:
    tree = system(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/m\n1:cpuacct,cpu:/a/b\n",
            "proc/77/cgroup": "1:cpu:/a/c\n",
            "sys/fs/cgroup/cpu/cpu.stat": "nr_throttled 0\n",
            "sys/fs/cgroup/cpu/a/cpu.stat": "nr_throttled 2\n",
            "sys/fs/cgroup/cpu/a/b/cpu.stat": "nr_throttled 3\n",
            "sys/fs/cgroup/cpu/m/cpu.stat": "nr_throttled 9\n",
        },
    )
    root = "/sys/fs/cgroup/cpu"
    assert held_back(tree, ("self", 77)) == {root: 0, f"{root}/a": 2, f"{root}/a/b": 3}
