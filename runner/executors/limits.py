"""Limits of a container: how they are set, and whether they hold, seen from inside."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from docker.types import LogConfig, Ulimit

from runner.model import Limits

USER = 65534
TMP_SIZE = 64 * 1024**2
OPEN_FILES = 4096
"""Engines default to a million: 2.7 closes every possible file for each subprocess it starts."""
HOST_IPC = "ipc:[4026531839]"
"""The name that Linux gives to the first namespace of its kind, which is the host's."""
PAGE = 64 * 1024
"""Sizes are rounded to pages, the largest of which are these."""


class LimitCheck(NamedTuple):
    """One limit: what was asked for, what the harness sees, and whether they agree."""

    name: str
    asked: str
    seen: str
    holds: bool


def options(limits: Limits) -> dict[str, Any]:
    """Return the SDK's arguments of a container: the limits, and the rights that are always denied.

    There is a set of cores, never a quota: throttling makes latencies bimodal.
    """
    return {
        "cpuset_cpus": limits.cpuset,
        "mem_limit": limits.memory,
        "memswap_limit": limits.memory,
        "shm_size": limits.shm_size,
        "pids_limit": limits.pids,
        "network_mode": "none",
        "read_only": True,
        "tmpfs": {"/tmp": f"rw,noexec,nosuid,nodev,mode=1777,size={TMP_SIZE}"},
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "ipc_mode": "private",
        "init": True,
        "user": f"{USER}:{USER}",
        "log_config": LogConfig(type=LogConfig.types.NONE),
        "ulimits": [
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES),
        ],
    }


def checks(limits: Limits, facts: Mapping[str, str]) -> list[LimitCheck]:
    """Return every limit with what the harness sees of it from inside."""

    def seen(name: str) -> str:
        return facts.get(name, "unknown")

    def size(name: str, asked: int, fact: str) -> LimitCheck:
        value = seen(fact)
        return LimitCheck(
            name, str(asked), value, value.isdigit() and abs(int(value) - asked) < PAGE
        )

    def equal(name: str, asked: str, fact: str) -> LimitCheck:
        return LimitCheck(name, asked, seen(fact), seen(fact) == asked)

    found = []
    if limits.cpuset is not None:
        value = seen("cores")
        holds = value != "unknown" and cores(value) == cores(limits.cpuset)
        found.append(LimitCheck("cpuset", limits.cpuset, value, holds))
    if limits.memory is not None:
        found.append(size("memory", limits.memory, "memory_bytes"))
        found.append(equal("swap", "0", "swap_bytes"))
    quota, namespace = seen("cpu_quota"), seen("ipc_namespace")
    capabilities, first = seen("capabilities"), seen("process_1")
    unlimited = quota == "-1" or quota.startswith("max")
    private = namespace not in (HOST_IPC, "unknown")
    initial = not first.startswith(("python", "pypy", "unknown"))
    return [
        *found,
        size("shm_size", limits.shm_size, "shm_bytes"),
        equal("pids", str(limits.pids), "pids"),
        LimitCheck("cpu quota", "none", quota, unlimited),
        equal("user", str(USER), "uid"),
        equal("network", "lo", "interfaces"),
        equal("writable root", "no", "root_writable"),
        equal("writable /tmp", "yes", "tmp_writable"),
        equal("engine's socket", "no", "docker_socket"),
        equal("writable mounts", "none", "writable_mounts"),
        LimitCheck("private IPC", "yes", namespace, private),
        LimitCheck("capabilities", "none", capabilities, not capabilities.strip("0")),
        equal("no new privileges", "1", "no_new_privileges"),
        LimitCheck("init", "yes", first, initial),
    ]


def broken(limits: Limits, facts: Mapping[str, str]) -> str:
    """Return "" if every limit holds, else those that do not, with what is seen instead."""
    return "; ".join(
        f"{check.name}: asked {check.asked}, seen {check.seen}"
        for check in checks(limits, facts)
        if not check.holds
    )


def shown(limits: Limits) -> dict[str, str]:
    """Return the limits as facts, in the words of matrix.yaml."""
    return {
        "limit_cpuset": limits.cpuset or "none",
        "limit_memory": str(limits.memory or "none"),
        "limit_shm_size": str(limits.shm_size),
        "limit_pids": str(limits.pids),
    }


def cores(cpuset: str) -> frozenset[int]:
    """Return the cores of a list such as `0-2,5`."""
    spans = (part.partition("-") for part in cpuset.split(",") if part.strip())
    return frozenset(
        core
        for first, dash, last in spans
        for core in range(int(first), int(last if dash else first) + 1)
    )
