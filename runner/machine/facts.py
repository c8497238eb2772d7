"""What does not change while the machine is up: processor, memory, kernel, clock, limits.

The list is that of the method's environment record. Nothing in it names a host or a user.
"""

import hashlib
import itertools
import math
import os
import platform
import shutil
import time
import uuid
from collections.abc import Iterable, Mapping

from runner.machine.reading import SYSTEM, UNKNOWN, Tree
from runner.machine.tool import tool
from runner.process import run, which

Facts = Mapping[str, str]
CPU = "/sys/devices/system/cpu"
CGROUPS = "/sys/fs/cgroup"
QUICKLY = 3.0
"""Seconds for a system tool that reports a fact."""
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
    """Return 12 hexadecimal digits that stay the same on this machine, and reveal nothing about it.

    A digest of the system's own id and the processor's model: a machine that changes its
    processor is another one.
    """
    own = tree.text("/etc/machine-id")
    if own == UNKNOWN:
        own = tree.text("/var/lib/dbus/machine-id")
    if own == UNKNOWN:  # a container's: uuid.getnode might ask programs of the network
        cards = [one for one in tree.texts("/sys/class/net/*/address") if one.strip("0:")]
        own = cards[0].replace(":", "") if cards else UNKNOWN
    if own == UNKNOWN:  # no network card in /sys: the address that uuid finds, or the host's name
        node = uuid.getnode()
        own = platform.node() if node >> 40 & 1 else f"{node:012x}"
    text = f"ipcmatrix\n{own}\n{model(tree)}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def boot(tree: Tree = SYSTEM) -> str:
    """Return 12 hexadecimal digits for this start of the kernel; `unknown` where it has no id.

    All containers and namespaces of a kernel have the same.
    """
    own = tree.text("/proc/sys/kernel/random/boot_id")
    return UNKNOWN if own == UNKNOWN else hashlib.sha256(own.encode()).hexdigest()[:12]


def machine_name(choice: str = "auto", tree: Tree = SYSTEM) -> str:
    """Return this machine's name in a run: its id, with `boot` the id of this start, or `choice`.

    Clones of one image, and containers whose engines give them the same network card, share the id
    but not the start of a kernel.
    """
    if choice not in ("auto", "boot"):
        return choice
    own = machine_id(tree)
    return own if choice == "auto" else hashlib.sha256((own + boot(tree)).encode()).hexdigest()[:12]


def memory(tree: Tree = SYSTEM) -> Facts:
    """Return sizes in KiB, and whether large pages are used by themselves."""
    info = tree.table("/proc/meminfo")
    return {
        "total_kib": info.get("MemTotal", UNKNOWN).removesuffix(" kB"),
        "swap_kib": info.get("SwapTotal", UNKNOWN).removesuffix(" kB"),
        "transparent_hugepages": _chosen(tree.text("/sys/kernel/mm/transparent_hugepage/enabled")),
        "swappiness": tree.text("/proc/sys/vm/swappiness"),
        "page_bytes": str(os.sysconf("SC_PAGE_SIZE")),
    }


def kernel(tree: Tree = SYSTEM) -> Facts:
    """Return the kernel's release, build and those of its parameters that change timing."""
    text = tree.text("/proc/cmdline")
    words = text.partition(" -- ")[0].split()
    kept = " ".join(word for word in words if word.partition("=")[0] in CMDLINE_KEPT) or "none"
    return {
        "system": platform.system() or UNKNOWN,
        "release": platform.release() or UNKNOWN,
        "version": tree.text("/proc/sys/kernel/version"),
        "cmdline": text if text == UNKNOWN else kept,
        "preemption": _chosen(tree.text("/sys/kernel/debug/sched/preempt")),
        "aslr": tree.text("/proc/sys/kernel/randomize_va_space"),
        "autogroup": tree.text("/proc/sys/kernel/sched_autogroup_enabled"),
        "libc": " ".join(platform.libc_ver()).strip() or UNKNOWN,
    }


def ipc(tree: Tree = SYSTEM) -> Facts:
    """Return the limits of pipes, shared memory and message queues; sizes in bytes or pages."""
    try:
        dev_shm = str(shutil.disk_usage(tree.root / "dev/shm").total)
    except OSError:
        dev_shm = UNKNOWN
    return {
        "pipe_max_bytes": tree.text("/proc/sys/fs/pipe-max-size"),
        "pipe_user_pages_soft": tree.text("/proc/sys/fs/pipe-user-pages-soft"),
        "pipe_user_pages_hard": tree.text("/proc/sys/fs/pipe-user-pages-hard"),
        "msgqueue_messages": tree.text("/proc/sys/fs/mqueue/msg_max"),
        "msgqueue_message_bytes": tree.text("/proc/sys/fs/mqueue/msgsize_max"),
        "msgqueue_queues": tree.text("/proc/sys/fs/mqueue/queues_max"),
        "semaphores": tree.text("/proc/sys/kernel/sem"),
        "shared_memory_bytes": tree.text("/proc/sys/kernel/shmmax"),
        "dev_shm_bytes": dev_shm,
        "socket_write_bytes": tree.text("/proc/sys/net/core/wmem_default"),
        "socket_read_bytes": tree.text("/proc/sys/net/core/rmem_default"),
    }


def cgroup(tree: Tree = SYSTEM) -> Facts:
    """Return the version of control groups, and quota, cores and memory that ours leaves us.

    A group is also held to the limits of those above it, so the tightest of them is given.
    """
    if tree.exists(f"{CGROUPS}/cgroup.controllers"):
        version = "2"
    elif tree.exists(f"{CGROUPS}/cpu") or tree.exists(f"{CGROUPS}/unified"):
        version = "1"
    else:
        version = UNKNOWN
    if version == "1":
        cores = _limits("cpuset", "cpuset.effective_cpus", tree)
        sizes = _limits("memory", "memory.limit_in_bytes", tree)
        quotas = [  # in the words of version 2
            f"{'max' if quota == '-1' else quota} {tree.text(f'{folder}/cpu.cfs_period_us')}"
            for folder, quota in _limits("cpu", "cpu.cfs_quota_us", tree).items()
        ]
    else:
        cores = _limits("", "cpuset.cpus.effective", tree)
        sizes = _limits("", "memory.max", tree)
        quotas = [*_limits("", "cpu.max", tree).values()]
    return {
        "version": version,
        "cpu_max": _tightest(quotas),
        "cpuset": [UNKNOWN, *cores.values()][-1],
        "memory_max": _tightest(sizes.values()),
    }


def groups_of(pid: int | str, controller: str, tree: Tree = SYSTEM) -> list[str]:
    """Return the folders of a process's control groups, the outermost first.

    They are those of a controller of version 1, or of version 2 for "".
    """
    folders = [f"{CGROUPS}/{controller}".rstrip("/")]
    for line in tree.lines(f"/proc/{pid}/cgroup"):
        controllers, _, path = line.partition(":")[2].partition(":")
        if controller in controllers.split(","):
            for name in filter(None, path.split("/")):
                folders.append(f"{folders[-1]}/{name}")
    return folders


def _limits(controller: str, file: str, tree: Tree) -> dict[str, str]:
    """Return a file's text in each folder of our own groups that has it."""
    found = {one: tree.text(f"{one}/{file}") for one in groups_of("self", controller, tree)}
    return {folder: limit for folder, limit in found.items() if limit != UNKNOWN}


def _tightest(limits: Iterable[str]) -> str:
    """Return the least of limits such as "150000 100000" or "1024": the innermost of equals."""
    tightest, least = UNKNOWN, math.inf
    for limit in limits:
        size, _, period = limit.partition(" ")
        share = int(size) / int(period if period.isdigit() else 1) if size.isdigit() else math.inf
        if share <= least:
            tightest, least = limit, share
    return tightest


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


def _chosen(text: str) -> str:
    """Return the word in brackets of `always [madvise] never`, or the text without any."""
    _, opened, rest = text.replace("(", "[").replace(")", "]").partition("[")
    return rest.partition("]")[0] if opened else text


def cpu(tree: Tree = SYSTEM) -> Facts:
    """Return what computes: model, cores, caches, frequencies, boost, SMT, virtualisation."""
    info = tree.table("/proc/cpuinfo")
    return {
        "model": model(tree),
        "family": "/".join(info.get(key, "?") for key in ("cpu family", "model", "stepping")),
        "microcode": info.get("microcode", UNKNOWN),
        "architecture": platform.machine() or UNKNOWN,
        "cores": str(os.cpu_count() or UNKNOWN),
        "usable_cores": ",".join(map(str, sorted(os.sched_getaffinity(0)))),
        "online": tree.text(f"{CPU}/online"),
        "cores_per_socket": info.get("cpu cores", UNKNOWN),
        "sockets": str(len(set(_values(tree, "physical id"))) or UNKNOWN),
        "numa_nodes": str(len(list(tree.glob("/sys/devices/system/node/node[0-9]*"))) or UNKNOWN),
        "caches": _caches(tree),
        "mhz": " ".join(_values(tree, "cpu MHz")) or UNKNOWN,
        "max_khz": tree.joined(f"{CPU}/cpu*/cpufreq/cpuinfo_max_freq"),
        "governor": tree.joined(f"{CPU}/cpu*/cpufreq/scaling_governor"),
        "frequency_driver": tree.joined(f"{CPU}/cpu*/cpufreq/scaling_driver"),
        "turbo": turbo(tree),
        "smt": tree.text(f"{CPU}/smt/control"),
        "smt_active": tree.text(f"{CPU}/smt/active"),
        "idle_driver": tree.text(f"{CPU}/cpuidle/current_driver"),
        "virtualisation": virtualisation(tree),
        "mitigations": _mitigations(tree),
    }


def turbo(tree: Tree = SYSTEM) -> str:
    """Return `on`, `off` or `unknown`: whether cores may clock above their nominal frequency."""
    boost = tree.text(f"{CPU}/cpufreq/boost")
    if boost != UNKNOWN:
        return "on" if boost == "1" else "off"
    no_turbo = tree.text(f"{CPU}/intel_pstate/no_turbo")
    if no_turbo != UNKNOWN:
        return "off" if no_turbo == "1" else "on"
    return UNKNOWN


def virtualisation(tree: Tree = SYSTEM) -> str:
    """Return the kinds of virtual machine and container around us, `none`, or `unknown`."""
    detector = which("systemd-detect-virt") if tree is SYSTEM else None
    if detector:
        kinds = [
            run([detector, flag], timeout=QUICKLY).out.strip() for flag in ("--vm", "--container")
        ]
        if all(kinds):  # `none` comes with code 1
            return " ".join(one for one in kinds if one != "none") or "none"
    flags = tree.table("/proc/cpuinfo").get("flags", "").split()
    if not flags:
        return UNKNOWN
    product = tree.text("/sys/class/dmi/id/product_name")
    known = f" ({product})" if product != UNKNOWN else ""
    return f"virtual machine{known}" if "hypervisor" in flags else "none"


def model(tree: Tree) -> str:
    """Return the processor's model."""
    info = tree.table("/proc/cpuinfo")
    for key in ("model name", "Model", "cpu model", "Hardware"):
        if key in info:
            return info[key]
    return run(["uname", "-p"], timeout=QUICKLY).out.strip() or UNKNOWN


def _values(tree: Tree, key: str) -> list[str]:
    pairs = (line.partition(":") for line in tree.lines("/proc/cpuinfo"))
    return [value.strip() for name, _, value in pairs if name.strip() == key]


def _caches(tree: Tree) -> str:
    found = []
    for index in tree.glob(f"{CPU}/cpu0/cache/index*"):
        place = f"/{index.relative_to(tree.root)}"
        level, kind, size, shared = (
            tree.text(f"{place}/{name}") for name in ("level", "type", "size", "shared_cpu_list")
        )
        found.append(f"L{level} {kind} {size} (shared by {shared})")
    return "; ".join(found) or UNKNOWN


def _mitigations(tree: Tree) -> str:
    found = [
        f"{path.name}: {tree.text(str(path.relative_to(tree.root)))}"
        for path in tree.glob(f"{CPU}/vulnerabilities/*")
    ]
    return "; ".join(one for one in found if not one.endswith(": Not affected")) or (
        "none" if found else UNKNOWN
    )
