"""Foreign CPU: what is busy, but not ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.machine.load import CpuMeter, moment
from runner.machine.reading import Tree
from small_system import process_entry, system

ROOT = 4_194_305
"""A process number that the kernel gives to nobody (its highest is 2 ** 22)."""


def busy(root: Path, machine: int, ours: int) -> None:
    """Make a system in which `machine` ticks were busy, `ours` of them our own."""
    stat = f"cpu  {machine} 0 0 900 50 0 0 0 0 0\nbtime 1\n"
    system(root, {"proc/stat": stat, **process_entry(ROOT, ours)})


@pytest.mark.usefixtures("made_up_processes")
def test_cpu_of_others_is_what_is_busy_but_not_ours(tmp_path: Path) -> None:
    times = iter([10.0, 12.0])
    busy(tmp_path, 1000, 100)
    meter = CpuMeter(lambda: [ROOT], lambda: next(times))
    busy(tmp_path, 1300, 250)
    assert meter.sample() == pytest.approx(150 / os.sysconf("SC_CLK_TCK") / 2.0)


@pytest.mark.usefixtures("made_up_processes")
def test_foreign_cpu_is_never_negative(tmp_path: Path) -> None:
    times = iter([10.0, 12.0])
    busy(tmp_path, 1000, 100)
    meter = CpuMeter(lambda: [ROOT], lambda: next(times))
    busy(tmp_path, 1010, 250)
    assert meter.sample() == 0.0


@pytest.mark.usefixtures("made_up_processes")
def test_too_short_a_time_is_not_reported_and_counts_to_the_next_sample(tmp_path: Path) -> None:
    times = iter([10.0, 10.05, 11.0])
    busy(tmp_path, 1000, 0)
    meter = CpuMeter(lambda: [ROOT], lambda: next(times))
    busy(tmp_path, 1100, 0)
    assert meter.sample() is None
    assert meter.sample() == pytest.approx(100 / os.sysconf("SC_CLK_TCK"))


@pytest.mark.usefixtures("made_up_processes")
def test_waiting_measures_the_time_that_was_waited(tmp_path: Path) -> None:
    times = iter([0.0, 10.0, 11.0])
    busy(tmp_path, 0, 0)
    meter = CpuMeter(lambda: [ROOT], lambda: next(times))
    busy(tmp_path, 1000, 0)

    def sleep(seconds: float) -> None:
        assert seconds == 1.0
        busy(tmp_path, 1050, 0)

    assert meter.over(1.0, sleep) == pytest.approx(50 / os.sysconf("SC_CLK_TCK"))


@pytest.mark.usefixtures("made_up_processes")
@pytest.mark.parametrize("stat", ["", "cpu\n", "cpu a b c d e f g\n"])
def test_a_system_that_hides_its_cpu_times_has_an_unknown_load(tmp_path: Path, stat: str) -> None:
    system(tmp_path, {"proc/stat": stat, **process_entry(ROOT, 0)})
    assert CpuMeter(lambda: [ROOT]).sample() is None
    assert "ticks_user" not in moment(Tree(tmp_path))


@pytest.mark.slow
def test_our_own_children_are_not_others_even_when_they_have_ended() -> None:
    meter = CpuMeter()
    before = meter.read()
    code = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    after = meter.read()
    assert before is not None
    assert after is not None
    assert after.ours - before.ours >= 0.25
