"""What `doctor` says: each check with its verdict, what was found, and what to do."""

from collections.abc import Mapping, Sequence

from runner.facts.check import Check
from runner.facts.guests import interpreter_checks
from runner.facts.machine import machine
from runner.facts.meter import CpuMeter
from runner.facts.moment import moment
from runner.facts.reading import UNKNOWN
from runner.facts.tool import NOT_INSTALLED
from runner.facts.trying import tried
from runner.model import Interpreter

Facts = Mapping[str, Mapping[str, str]]
BUSY_CORES = 0.25
"""Foreign CPU from which on a round is contaminated (method, stability flags)."""
SLOW_CLOCKS = ("hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit")
"""Clock sources that take a microsecond and more to read."""
MIB = 1024**2
FEW_PAGES = 1024


def checks(
    found: Sequence[Interpreter],
    facts: Facts | None = None,
    now: Mapping[str, str] | None = None,
    foreign: float | None = None,
    tries: Mapping[str, str] | None = None,
) -> Sequence[Check]:
    """Return all checks but those of a container engine; takes a second to see the load.

    `found` is what `interpreters.find` returned; `facts`, `now`, `foreign` (cores) and `tries`
    (see trying.tried) are asked for where they are not given.
    """
    tries = tried() if tries is None else tries
    facts = machine() if facts is None else facts
    foreign = CpuMeter().over(1.0) if foreign is None else foreign
    return (
        *interpreter_checks(found),
        _tool(facts),
        _cores(facts["cpu"], tries["binding"]),
        _load(moment() if now is None else now, foreign),
        _governor(facts["cpu"]),
        _turbo(facts["cpu"]),
        _virtualisation(facts["cpu"]),
        _quota(facts["cgroup"]),
        _shared_memory(facts["ipc"], tries),
        _pipes(facts["ipc"]),
        _clock(facts["clock"]),
    )


def _tool(facts: Facts) -> Check:
    tool = facts["tool"]
    what = (
        f"ipcmatrix {tool['version']} (commit {tool['commit']}) on {tool['implementation']} "
        f"{tool['python']}"
    )
    absent = [name for name, version in facts["packages"].items() if version == NOT_INSTALLED]
    if absent:
        return Check(
            "tool", "bad", f"{what}; without {', '.join(absent)}", "install ipcmatrix anew with pip"
        )
    return Check("tool", "ok", what)


def _cores(cpu: Mapping[str, str], unbound: str) -> Check:
    usable = [] if cpu["usable_cores"] == UNKNOWN else cpu["usable_cores"].split(",")
    number = len(usable) or int(cpu["cores"])
    what = f"{number} of {cpu['cores']} cores ({cpu['model']}, SMT {cpu['smt']})"
    if unbound:
        what = f"{what}; a process cannot be bound to one: {unbound}"
        return Check("cores", "warn", what, "measure with `placement: [free]` alone")
    if number == 1:
        return Check(
            "cores", "warn", what, "give it two: with one, every transport takes turns on the core"
        )
    if number < int(cpu["cores"]):
        return Check(
            "cores", "warn", what, "start it without taskset or cpuset, or say so with the figures"
        )
    return Check("cores", "ok", what)


def _load(now: Mapping[str, str], foreign: float | None) -> Check:
    used = "foreign CPU unknown" if foreign is None else f"others use {foreign:.2f} cores"
    what = f"{used}, load {now['load']}"
    if foreign is not None and foreign > BUSY_CORES:
        return Check(
            "load", "warn", what, "stop what else runs: rounds wait up to the gate for a quiet core"
        )
    return Check("load", "ok", what)


def _governor(cpu: Mapping[str, str]) -> Check:
    governor = cpu["governor"]
    if governor == UNKNOWN:
        return Check("governor", "ok", "the frequency is not governed from in here")
    if governor != "performance":
        return Check("governor", "warn", governor, "`cpupower frequency-set -g performance`")
    return Check("governor", "ok", governor)


def _turbo(cpu: Mapping[str, str]) -> Check:
    if cpu["turbo"] != "on":
        return Check("turbo", "ok", cpu["turbo"])
    what = "on: absolute rates vary with heat; ratios are formed within a round"
    switch = "`echo 0 > /sys/devices/system/cpu/cpufreq/boost`, or 1 to intel_pstate/no_turbo"
    return Check("turbo", "ok", what, switch)


def _virtualisation(cpu: Mapping[str, str]) -> Check:
    kind = cpu["virtualisation"]
    if kind in ("none", UNKNOWN):
        return Check("virtualisation", "ok", kind)
    what = f"{kind}: neighbours may take the cores, and are not always seen"
    return Check("virtualisation", "warn", what, "measure several sittings (`measure.sittings: 3`)")


def _quota(cgroup: Mapping[str, str]) -> Check:
    quota = cgroup["cpu_max"].partition(" ")[0]
    if quota.isdigit():
        return Check(
            "cpu quota",
            "warn",
            f"{cgroup['cpu_max']} \u00b5s: the group is halted in every period that it uses up",
            "give whole cores (a cpuset) in place of a quota",
        )
    return Check("cpu quota", "ok", f"none (control groups version {cgroup['version']})")


def _shared_memory(ipc: Mapping[str, str], tries: Mapping[str, str]) -> Check:
    size = ipc["dev_shm_bytes"]
    what = "size unknown" if size == UNKNOWN else f"{int(size) // MIB} MiB"
    hint = "mount a tmpfs on /dev/shm that everyone may write to, and that has room"
    if tries["semaphore"]:
        what = f"{what}; no semaphore can be made, and queues need them: {tries['semaphore']}"
        return Check("/dev/shm", "bad", what, hint)
    if tries["shared_memory"]:
        what = f"{what}; no shared memory can be had: {tries['shared_memory']}"
        return Check("/dev/shm", "warn", what, hint)
    if size != UNKNOWN and int(size) < 64 * MIB:
        return Check("/dev/shm", "warn", what, "`mount -o remount,size=256m /dev/shm`")
    return Check("/dev/shm", "ok", f"{what}; a semaphore and shared memory were made and removed")


def _pipes(ipc: Mapping[str, str]) -> Check:
    most, soft = ipc["pipe_max_bytes"], ipc["pipe_user_pages_soft"]
    what = f"at most {most} bytes each, {soft} pages for a user's pipes together"
    if soft.isdigit() and 0 < int(soft) < FEW_PAGES:
        return Check(
            "pipes",
            "warn",
            f"{what}: beyond them a new pipe has 2 pages and is another transport",
            "`sysctl fs.pipe-user-pages-soft=16384`",
        )
    return Check("pipes", "ok", what)


def _clock(clock: Mapping[str, str]) -> Check:
    what = (
        f"{clock['source']} ({clock['monotonic']}), resolution {clock['resolution']} s, "
        f"smallest step seen {clock['smallest_step']} s"
    )
    seen = float(clock["smallest_step"])
    coarse = max(float(clock["resolution"]), seen) > 1e-6 or seen == 0  # it was not seen to move
    if clock["source"] in SLOW_CLOCKS or coarse:
        return Check(
            "clock",
            "warn",
            what,
            "boot with a faster clock source (`clocksource=tsc`): latencies are not to be trusted",
        )
    return Check("clock", "ok", what)
