"""What does not change while the machine is up: processor, memory, kernel, clock, limits.

The list is that of the method's environment record. Nothing in it names a host or a user.
"""

import hashlib
import itertools
import os
import platform
import shutil
import time
import uuid
from collections.abc import Mapping

from runner.facts.processor import cpu, model
from runner.facts.reading import SYSTEM, UNKNOWN, Tree
from runner.facts.tool import tool

Facts = Mapping[str, str]
CMDLINE_KEPT = (
    "clocksource",
    "cpuidle",
    "default_hugepagesz",
    "hugepages",
    "idle",
    "intel_idle",
    "intel_pstate",
    "amd_pstate",
    "irqaffinity",
    "isolcpus",
    "kthread_cpus",
    "maxcpus",
    "mitigations",
    "nohz",
    "nohz_full",
    "nosmt",
    "nr_cpus",
    "preempt",
    "processor.max_cstate",
    "psi",
    "randomize_kstack_offset",
    "rcu_nocbs",
    "skew_tick",
    "threadirqs",
    "transparent_hugepage",
    "tsc",
)
"""Parameters of the kernel that change timing. The others may name hosts, disks and users."""


def machine(tree: Tree = SYSTEM) -> Mapping[str, Facts]:
    """Return the facts of this machine by subject; each is a text, `unknown` where not to be had.

    Subjects: cpu, memory, kernel, ipc, cgroup, clock, tool, packages.
    """
    return {
        "cpu": cpu(tree),
        "memory": memory(tree),
        "kernel": kernel(tree),
        "ipc": ipc(tree),
        "cgroup": cgroup(tree),
        "clock": clock(tree),
        **tool(),
    }


def machine_id(tree: Tree = SYSTEM) -> str:
    """Return 12 hexadecimal digits that stay the same on this machine, and tell nothing of it.

    A digest of the system's own id and the processor's model: a machine that changes its
    processor is another one.
    """
    own = tree.text("/etc/machine-id")
    if own == UNKNOWN:
        own = tree.text("/var/lib/dbus/machine-id")
    if own == UNKNOWN:  # a container's: uuid.getnode might ask programs of the network
        cards = [one for one in tree.texts("/sys/class/net/*/address") if one.strip("0:")]
        own = cards[0].replace(":", "") if cards else UNKNOWN
    if own == UNKNOWN:  # no Linux: the address of a network card, else the host's name, hashed
        node = uuid.getnode()
        own = platform.node() if node >> 40 & 1 else f"{node:012x}"
    text = f"ipcmatrix\n{own}\n{model(tree)}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def memory(tree: Tree = SYSTEM) -> Facts:
    """Return sizes in KiB, and whether large pages are used by themselves."""
    info = tree.table("/proc/meminfo")
    return {
        "total_kib": info.get("MemTotal", UNKNOWN).removesuffix(" kB"),
        "swap_kib": info.get("SwapTotal", UNKNOWN).removesuffix(" kB"),
        "transparent_hugepages": _chosen(tree.text("/sys/kernel/mm/transparent_hugepage/enabled")),
        "swappiness": tree.text("/proc/sys/vm/swappiness"),
        "page_bytes": str(os.sysconf("SC_PAGE_SIZE")) if hasattr(os, "sysconf") else UNKNOWN,
    }


def kernel(tree: Tree = SYSTEM) -> Facts:
    """Return the kernel's release, build and those of its parameters that change timing."""
    return {
        "system": platform.system() or UNKNOWN,
        "release": platform.release() or UNKNOWN,
        "version": tree.text("/proc/sys/kernel/version"),
        "cmdline": _cmdline(tree),
        "preemption": _chosen(tree.text("/sys/kernel/debug/sched/preempt")),
        "aslr": tree.text("/proc/sys/kernel/randomize_va_space"),
        "autogroup": tree.text("/proc/sys/kernel/sched_autogroup_enabled"),
        "libc": " ".join(platform.libc_ver()).strip() or UNKNOWN,
    }


def ipc(tree: Tree = SYSTEM) -> Facts:
    """Return the limits of pipes, shared memory and message queues; sizes in bytes or pages."""
    return {
        "pipe_max_bytes": tree.text("/proc/sys/fs/pipe-max-size"),
        "pipe_user_pages_soft": tree.text("/proc/sys/fs/pipe-user-pages-soft"),
        "pipe_user_pages_hard": tree.text("/proc/sys/fs/pipe-user-pages-hard"),
        "msgqueue_messages": tree.text("/proc/sys/fs/mqueue/msg_max"),
        "msgqueue_message_bytes": tree.text("/proc/sys/fs/mqueue/msgsize_max"),
        "msgqueue_queues": tree.text("/proc/sys/fs/mqueue/queues_max"),
        "semaphores": tree.text("/proc/sys/kernel/sem"),
        "shared_memory_bytes": tree.text("/proc/sys/kernel/shmmax"),
        "dev_shm_bytes": _size(tree, "/dev/shm"),
        "socket_write_bytes": tree.text("/proc/sys/net/core/wmem_default"),
        "socket_read_bytes": tree.text("/proc/sys/net/core/rmem_default"),
    }


def cgroup(tree: Tree = SYSTEM) -> Facts:
    """Return the version of control groups, and the quota and cores of version 2's own group."""
    if tree.exists("/sys/fs/cgroup/cgroup.controllers"):
        version = "2"
    elif tree.exists("/sys/fs/cgroup/cpu") or tree.exists("/sys/fs/cgroup/unified"):
        version = "1"
    else:
        version = UNKNOWN
    if version == "1":
        return {"version": version, **_first_generation(tree)}
    own = own_group(tree)
    return {
        "version": version,
        "cpu_max": tree.text(f"{own}/cpu.max"),
        "cpuset": tree.text(f"{own}/cpuset.cpus.effective"),
        "memory_max": tree.text(f"{own}/memory.max"),
    }


def own_group(tree: Tree = SYSTEM) -> str:
    """Return the folder of our own control group, of version 2."""
    for line in tree.lines("/proc/self/cgroup"):
        if line.startswith("0::"):
            return f"/sys/fs/cgroup{line[3:].rstrip('/')}"
    return "/sys/fs/cgroup"


def _first_generation(tree: Tree) -> Facts:
    """Return the limits of version 1, the quota in the words of version 2."""
    root = "/sys/fs/cgroup"
    quota = tree.text(f"{root}/cpu/cpu.cfs_quota_us")
    period = tree.text(f"{root}/cpu/cpu.cfs_period_us")
    return {
        "cpu_max": f"{'max' if quota == '-1' else quota} {period}",
        "cpuset": tree.text(f"{root}/cpuset/cpuset.effective_cpus"),
        "memory_max": tree.text(f"{root}/memory/memory.limit_in_bytes"),
    }


def clock(tree: Tree = SYSTEM) -> Facts:
    """Return the kernel's clock source, and the monotonic clock's resolution in seconds."""
    source = "/sys/devices/system/clocksource/clocksource0"
    info = time.get_clock_info("monotonic")
    return {
        "source": tree.text(f"{source}/current_clocksource"),
        "available": tree.text(f"{source}/available_clocksource"),
        "monotonic": info.implementation,
        "resolution": f"{info.resolution:g}",
        "smallest_step": f"{smallest_step():g}",
    }


def smallest_step(readings: int = 2000) -> float:
    """Return the smallest step in seconds that the monotonic clock was seen to make."""
    seen = [time.perf_counter_ns() for _ in range(readings)]
    steps = [later - sooner for sooner, later in itertools.pairwise(seen)]
    return min((step for step in steps if step > 0), default=0) / 1e9


def _cmdline(tree: Tree) -> str:
    text = tree.text("/proc/cmdline")
    if text == UNKNOWN:
        return UNKNOWN
    words = text.partition(" -- ")[0].split()
    return " ".join(word for word in words if word.partition("=")[0] in CMDLINE_KEPT) or "none"


def _chosen(text: str) -> str:
    """Return the word in brackets of `always [madvise] never`, or the text without any."""
    _, opened, rest = text.replace("(", "[").replace(")", "]").partition("[")
    return rest.partition("]")[0] if opened else text


def _size(tree: Tree, name: str) -> str:
    try:
        return str(shutil.disk_usage(tree.root / name.lstrip("/")).total)
    except OSError:
        return UNKNOWN
