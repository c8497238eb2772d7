"""Foreign CPU: what is busy, but not ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.facts.meter import CpuMeter
from runner.facts.reading import Tree
from small_system import system

ROOT = 4_194_305
"""A process number that the kernel gives to nobody (its highest is 2 ** 22)."""


def busy(root: Path, machine: int, ours: int) -> Tree:
    """Make a system in which `machine` ticks were busy, `ours` of them our own."""
    fields = f"S 1 1 1 0 -1 0 0 0 0 0 {ours} 0 0 0 20 0 1 0 5"
    return system(
        root,
        {
            "proc/stat": f"cpu  {machine} 0 0 900 50 0 0 0 0 0\n",
            f"proc/{ROOT}/stat": f"{ROOT} (a) b) {fields}\n",
        },
    )


def test_foreign_cpu_is_what_is_busy_but_not_ours(tmp_path: Path) -> None:
    times = iter([10.0, 12.0])
    meter = CpuMeter(lambda: [ROOT], busy(tmp_path, 1000, 100), lambda: next(times))
    busy(tmp_path, 1300, 250)
    assert meter.sample() == pytest.approx(150 / os.sysconf("SC_CLK_TCK") / 2.0)


def test_foreign_cpu_is_never_negative(tmp_path: Path) -> None:
    times = iter([10.0, 12.0])
    meter = CpuMeter(lambda: [ROOT], busy(tmp_path, 1000, 100), lambda: next(times))
    busy(tmp_path, 1010, 250)
    assert meter.sample() == 0.0


def test_too_short_a_time_is_not_told_and_counts_to_the_next_sample(tmp_path: Path) -> None:
    times = iter([10.0, 10.05, 11.0])
    meter = CpuMeter(lambda: [ROOT], busy(tmp_path, 1000, 0), lambda: next(times))
    busy(tmp_path, 1100, 0)
    assert meter.sample() is None
    assert meter.sample() == pytest.approx(100 / os.sysconf("SC_CLK_TCK"))


def test_waiting_measures_the_time_that_was_waited(tmp_path: Path) -> None:
    times = iter([0.0, 10.0, 11.0])
    tree = busy(tmp_path, 0, 0)
    meter = CpuMeter(lambda: [ROOT], tree, lambda: next(times))
    busy(tmp_path, 1000, 0)

    def sleep(seconds: float) -> None:
        assert seconds == 1.0
        busy(tmp_path, 1050, 0)

    assert meter.over(1.0, sleep) == pytest.approx(50 / os.sysconf("SC_CLK_TCK"))


def test_our_own_children_are_not_foreign_even_when_they_have_ended() -> None:
    meter = CpuMeter()
    before = meter.read()
    code = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    after = meter.read()
    if before is None or after is None:
        pytest.skip("this system does not tell the CPU time of processes")
    assert (after.ours - before.ours) / os.sysconf("SC_CLK_TCK") >= 0.25
