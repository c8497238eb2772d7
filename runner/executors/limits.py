"""What a container may use: how the engine is told, and whether it holds, seen from inside."""

from collections.abc import Iterator, Mapping
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
    """One limit: what was asked for, what the harness sees, and whether that is it."""

    name: str
    asked: str
    seen: str
    holds: bool


def options(limits: Limits) -> dict[str, Any]:
    """Return the SDK's arguments of a container: the limits, and what is always denied.

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
    """Return every limit beside what the harness sees of it from inside."""
    return [*_asked(limits, facts), *_always(facts)]


def broken(limits: Limits, facts: Mapping[str, str]) -> str:
    """Return "" where every limit holds, or those that do not, with what is seen instead."""
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


def _asked(limits: Limits, facts: Mapping[str, str]) -> Iterator[LimitCheck]:
    if limits.cpuset is not None:
        seen = facts.get("cores", "unknown")
        holds = seen != "unknown" and cores(seen) == cores(limits.cpuset)
        yield LimitCheck("cpuset", limits.cpuset, seen, holds)
    if limits.memory is not None:
        yield _size("memory", limits.memory, facts.get("memory_bytes", "unknown"))
        yield _equal("swap", "0", facts.get("swap_bytes", "unknown"))
    yield _size("shm_size", limits.shm_size, facts.get("shm_bytes", "unknown"))
    yield _equal("pids", str(limits.pids), facts.get("pids", "unknown"))


def _always(facts: Mapping[str, str]) -> Iterator[LimitCheck]:
    quota = facts.get("cpu_quota", "unknown")
    yield LimitCheck("cpu quota", "none", quota, quota == "-1" or quota.startswith("max"))
    yield _equal("user", str(USER), facts.get("uid", "unknown"))
    yield _equal("network", "lo", facts.get("interfaces", "unknown"))
    yield _equal("writable root", "no", facts.get("root_writable", "unknown"))
    yield _equal("writable /tmp", "yes", facts.get("tmp_writable", "unknown"))
    yield _equal("engine's socket", "no", facts.get("docker_socket", "unknown"))
    yield _equal("writable mounts", "none", facts.get("writable_mounts", "unknown"))
    namespace = facts.get("ipc_namespace", "unknown")
    yield LimitCheck("private IPC", "yes", namespace, namespace not in (HOST_IPC, "unknown"))
    capabilities = facts.get("capabilities", "unknown")
    yield LimitCheck("capabilities", "none", capabilities, not capabilities.strip("0"))
    yield _equal("no new privileges", "1", facts.get("no_new_privileges", "unknown"))
    first = facts.get("process_1", "unknown")
    yield LimitCheck("init", "yes", first, not first.startswith(("python", "pypy", "unknown")))


def _size(name: str, asked: int, seen: str) -> LimitCheck:
    return LimitCheck(name, str(asked), seen, seen.isdigit() and abs(int(seen) - asked) < PAGE)


def _equal(name: str, asked: str, seen: str) -> LimitCheck:
    return LimitCheck(name, asked, seen, seen == asked)
