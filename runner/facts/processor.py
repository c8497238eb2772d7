"""The processor: model, cores, caches, frequencies, and what stands between it and us."""

import os
import platform
import sys
from collections.abc import Mapping

from runner.facts.reading import SYSTEM, UNKNOWN, Tree
from runner.process import run, which

CPU = "/sys/devices/system/cpu"
QUICKLY = 3.0
"""Seconds for a tool of the system that is asked for a fact."""


def cpu(tree: Tree = SYSTEM) -> Mapping[str, str]:
    """Return what computes: model, cores, caches, frequencies, boost, SMT, virtualisation."""
    info = tree.table("/proc/cpuinfo")
    return {
        "model": model(tree),
        "family": "/".join(info.get(key, "?") for key in ("cpu family", "model", "stepping")),
        "microcode": info.get("microcode", UNKNOWN),
        "architecture": platform.machine() or UNKNOWN,
        "cores": str(os.cpu_count() or UNKNOWN),
        "usable_cores": _usable_cores(),
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
        told = [
            run([detector, flag], timeout=QUICKLY).out.strip() for flag in ("--vm", "--container")
        ]
        if all(told):  # `none` comes with code 1
            return " ".join(one for one in told if one != "none") or "none"
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
    if sys.platform == "darwin" and tree is SYSTEM:
        told = run(["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"], timeout=QUICKLY)
        return told.out.strip() or UNKNOWN
    return run(["uname", "-p"], timeout=QUICKLY).out.strip() or UNKNOWN


def _values(tree: Tree, key: str) -> list[str]:
    pairs = (line.partition(":") for line in tree.lines("/proc/cpuinfo"))
    return [value.strip() for name, _, value in pairs if name.strip() == key]


def _usable_cores() -> str:
    if not hasattr(os, "sched_getaffinity"):
        return UNKNOWN
    return ",".join(str(core) for core in sorted(os.sched_getaffinity(0)))


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
