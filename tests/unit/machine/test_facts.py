"""Facts of the machine: read from a made-up system, and from the one that we are on."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from runner.machine import facts, tool
from runner.machine.checks import checks
from runner.machine.facts import cgroup, cpu, kernel, memory, smallest_step, turbo, virtualisation
from runner.machine.load import CpuMeter, moment
from runner.machine.reading import Tree
from runner.machine.tool import commit
from runner.process import Finished
from small_system import system

CPU = "sys/devices/system/cpu"
CPUINFO = """\
processor\t: 0
cpu family\t: 25
model\t\t: 17
model name\t: AMD EPYC 9R14
stepping\t: 1
microcode\t: 0x1000065
cpu MHz\t\t: 2596.142
physical id\t: 0
cpu cores\t: 2
flags\t\t: fpu tsc hypervisor

processor\t: 1
model name\t: AMD EPYC 9R14
cpu MHz\t\t: 3700.000
physical id\t: 1
"""


def test_a_processor_is_described(tmp_path: Path) -> None:
    tree = system(
        tmp_path,
        {
            "proc/cpuinfo": CPUINFO,
            f"{CPU}/online": "0-1\n",
            f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave\n",
            f"{CPU}/cpu1/cpufreq/scaling_governor": "powersave\n",
            f"{CPU}/cpu0/cpufreq/cpuinfo_max_freq": "3700000\n",
            f"{CPU}/smt/active": "1\n",
            f"{CPU}/cpu0/cache/index0/level": "1\n",
            f"{CPU}/cpu0/cache/index0/type": "Data\n",
            f"{CPU}/cpu0/cache/index0/size": "32K\n",
            f"{CPU}/cpu0/cache/index0/shared_cpu_list": "0\n",
            f"{CPU}/vulnerabilities/meltdown": "Not affected\n",
            f"{CPU}/vulnerabilities/srso": "Mitigation: Safe RET\n",
        },
    )
    told = cpu(tree)
    expected = {
        "model": "AMD EPYC 9R14",
        "family": "25/17/1",
        "microcode": "0x1000065",
        "online": "0-1",
        "cores_per_socket": "2",
        "sockets": "2",
        "numa_nodes": "unknown",
        "caches": "L1 Data 32K (shared by 0)",
        "mhz": "2596.142 3700.000",
        "max_khz": "3700000",
        "governor": "powersave",
        "smt_active": "1",
        "virtualisation": "virtual machine",
        "mitigations": "srso: Mitigation: Safe RET",
    }
    assert {name: told[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("name", "text", "state"),
    [
        ("cpufreq/boost", "1", "on"),
        ("cpufreq/boost", "0", "off"),
        ("intel_pstate/no_turbo", "1", "off"),
        ("intel_pstate/no_turbo", "0", "on"),
        ("other", "1", "unknown"),
    ],
)
def test_turbo_is_read_the_right_way_round(
    tmp_path: Path, name: str, text: str, state: str
) -> None:
    assert turbo(system(tmp_path, {f"{CPU}/{name}": text})) == state


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"proc/cpuinfo": "flags : fpu tsc\n"}, "none"),
        ({"proc/cpuinfo": "flags : fpu hypervisor\n"}, "virtual machine"),
        (
            {"proc/cpuinfo": "flags : hypervisor\n", "sys/class/dmi/id/product_name": "KVM\n"},
            "virtual machine (KVM)",
        ),
        ({}, "unknown"),
    ],
)
def test_a_virtual_machine_is_seen(tmp_path: Path, files: dict[str, str], kind: str) -> None:
    assert virtualisation(system(tmp_path, files)) == kind


def test_the_kernel_command_line_says_no_names(tmp_path: Path) -> None:
    text = (
        "BOOT_IMAGE=/vmlinuz root=UUID=1234 isolcpus=1 ip=10.0.0.1::ann-laptop nohz_full=1 "
        "mitigations=off hostname=secret -- init mitigations=no"
    )
    told = kernel(system(tmp_path, {"proc/cmdline": text}))
    assert told["cmdline"] == "isolcpus=1 nohz_full=1 mitigations=off"


def test_the_mode_in_brackets_is_the_one_in_use(tmp_path: Path) -> None:
    files = {
        "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
        "proc/meminfo": "MemTotal:       24684084 kB\nSwapTotal:      0 kB\n",
        "sys/kernel/debug/sched/preempt": "none voluntary (full)\n",
    }
    tree = system(tmp_path, files)
    told = memory(tree)
    assert told["transparent_hugepages"] == "madvise"
    assert (told["total_kib"], told["swap_kib"]) == ("24684084", "0")
    assert kernel(tree)["preemption"] == "full"


def test_limits_of_the_second_control_groups_are_those_of_our_own(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
        "proc/self/cgroup": "0::/user.slice/a.scope\n",
        "sys/fs/cgroup/user.slice/a.scope/cpu.max": "150000 100000\n",
        "sys/fs/cgroup/user.slice/a.scope/memory.max": "max\n",
    }
    assert cgroup(system(tmp_path, files)) == {
        "version": "2",
        "cpu_max": "150000 100000",
        "cpuset": "unknown",
        "memory_max": "max",
    }


def test_limits_of_a_group_above_ours_are_ours(tmp_path: Path) -> None:
    second = {
        "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
        "proc/self/cgroup": "0::/user.slice/a.scope\n",
        "sys/fs/cgroup/user.slice/cpu.max": "50000 100000\n",
        "sys/fs/cgroup/user.slice/memory.max": "1024\n",
        "sys/fs/cgroup/user.slice/a.scope/cpu.max": "150000 200000\n",
        "sys/fs/cgroup/user.slice/a.scope/memory.max": "max\n",
        "sys/fs/cgroup/user.slice/a.scope/cpuset.cpus.effective": "0\n",
    }
    known = cgroup(system(tmp_path / "2", second))
    assert known == {"version": "2", "cpu_max": "50000 100000", "cpuset": "0", "memory_max": "1024"}
    first = {
        "proc/self/cgroup": "5:cpu,cpuacct:/a/b\n4:memory:/a\n3:cpuset:/\n0::/\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "80000\n",
        "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "2048\n",
        "sys/fs/cgroup/cpuset/cpuset.effective_cpus": "0-1\n",
    }
    known = cgroup(system(tmp_path / "1", first))
    assert known == {
        "version": "1",
        "cpu_max": "80000 100000",
        "cpuset": "0-1",
        "memory_max": "2048",
    }


def test_limits_of_the_first_control_groups_are_reported_in_the_same_words(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpuset/cpuset.effective_cpus": "0-1\n",
    }
    assert cgroup(system(tmp_path, files)) == {
        "version": "1",
        "cpu_max": "max 100000",
        "cpuset": "0-1",
        "memory_max": "unknown",
    }


def test_a_system_without_any_of_the_files_is_unknown_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path)
    told = facts.machine(tree)
    assert told["cpu"]["governor"] == told["ipc"]["pipe_max_bytes"] == "unknown"
    assert told["cgroup"]["version"] == told["clock"]["source"] == "unknown"
    assert moment(tree)["processes"] == "unknown"
    assert len(facts.machine_id(tree)) == 12
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    assert CpuMeter().sample() is None
    assert checks([], told, moment(tree), 0.0)


def test_facts_are_json_and_name_neither_host_nor_user() -> None:
    text = json.dumps([facts.machine(), moment()])
    home, host = str(Path.home()), socket.gethostname()
    assert f"{home}/" not in text
    assert f'"{host}"' not in text
    assert Path("/etc/machine-id").exists() is False or (
        Path("/etc/machine-id").read_text().strip() not in text
    )


def test_the_method_s_record_is_complete_on_linux() -> None:
    told = facts.machine()
    if sys.platform != "linux":
        pytest.skip("the record is complete on Linux alone")
    assert told["kernel"]["release"] == os.uname().release
    assert told["cpu"]["cores"] == str(os.cpu_count())
    assert int(told["memory"]["total_kib"]) > 0
    assert int(told["ipc"]["dev_shm_bytes"]) > 0
    assert told["tool"]["python"].startswith("3.")
    assert told["packages"]["pandas"][0].isdigit()


def test_a_machine_keeps_its_id_until_its_processor_changes(tmp_path: Path) -> None:
    def made(name: str, own: str, model: str) -> str:
        files = {"etc/machine-id": own, "proc/cpuinfo": f"model name : {model}\n"}
        return facts.machine_id(system(tmp_path / name, files))

    first = made("a", "3d12", "EPYC")
    assert first == made("b", "3d12", "EPYC")
    assert len({first, made("c", "3d13", "EPYC"), made("d", "3d12", "Xeon")}) == 3
    assert len(first) == 12
    assert "3d12" not in first


def test_a_moment_counts_what_the_kernel_counts(tmp_path: Path) -> None:
    files = {
        "proc/stat": "cpu  100 1 50 900 7 0 3 2 0 0\ncpu0 1 2 3\n",
        "proc/loadavg": "0.50 1.25 2.00 1/100 4711\n",
        "proc/uptime": "123.45 200.00\n",
        "proc/vmstat": "pswpin 3\npswpout 4\noom_kill 1\n",
        "proc/pressure/cpu": "some avg10=1.00 total=5\nfull avg10=0.00 total=0\n",
        f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "2\n",
        f"{CPU}/cpu1/thermal_throttle/core_throttle_count": "3\n",
        "sys/fs/cgroup/cpu.stat": "nr_periods 9\nnr_throttled 6\n",
        "proc/1/stat": "1 (init) S 0",
        "proc/77/stat": "77 (x) S 1",
    }
    told = moment(system(tmp_path, files))
    expected = {
        "load": "0.50 1.25 2.00",
        "uptime_seconds": "123.45",
        "processes": "2",
        "ticks_user": "100",
        "ticks_idle": "900",
        "ticks_steal": "2",
        "pswpin": "3",
        "pswpout": "4",
        "oom_kill": "1",
        "pressure_cpu": "some avg10=1.00 total=5 full avg10=0.00 total=0",
        "throttled": "5",
        "cgroup_throttled": "6",
    }
    assert {name: told[name] for name in expected} == expected


def test_the_clock_s_smallest_step_is_positive() -> None:
    assert 0 < smallest_step() < 1


def test_a_folder_without_git_is_not_a_checkout(tmp_path: Path) -> None:
    assert commit(tmp_path) == "not a checkout"


def test_a_changed_work_tree_is_said_to_be(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-q", "-m", "one")
    head = git("rev-parse", "HEAD")
    assert commit(tmp_path) == head
    (tmp_path / "untracked").write_text("1")
    assert commit(tmp_path) == head
    (tmp_path / "a").write_text("2")
    assert commit(tmp_path) == f"{head}, changed"


def test_a_work_tree_that_git_cannot_look_through_is_not_said_to_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(command: list[str], **_: object) -> Finished:
        late = "status" in command
        return Finished(-9 if late else 0, "" if late else "abc\n", "", timed_out=late)

    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(tool, "run", git)
    assert commit(tmp_path) == "abc, perhaps changed"
