"""The checks of `doctor`: each with its verdict, what was found, and what to do."""

import shutil
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from runner.errors import EnvironmentLacksError
from runner.machine.facts import machine
from runner.machine.load import CpuMeter, moment
from runner.machine.reading import UNKNOWN
from runner.machine.tool import NOT_INSTALLED
from runner.machine.trying import tried
from runner.model import Interpreter, python_order
from runner.process import tilde

Verdict = Literal["ok", "warn", "bad"]


class Check(NamedTuple):
    """A check's name and verdict, what was found, and what to do ("" for nothing)."""

    name: str
    verdict: Verdict
    what: str
    what_to_do: str = ""


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
            "tool", "bad", f"{what}; without {', '.join(absent)}", "reinstall ipcmatrix with pip"
        )
    return Check("tool", "ok", what)


def _cores(cpu: Mapping[str, str], unbound: str) -> Check:
    usable = [] if cpu["usable_cores"] == UNKNOWN else cpu["usable_cores"].split(",")
    number = len(usable) or int(cpu["cores"])
    what = f"{number} of {cpu['cores']} cores ({cpu['model']}, SMT {cpu['smt']})"
    if unbound:
        what = f"{what}; a process cannot be bound to one: {unbound}"
        return Check("cores", "warn", what, "measure with `placement: [free]` only")
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
    return Check("virtualisation", "warn", what, "measure several sessions (`measure.sessions: 3`)")


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


SERIES = ("2.7", *(f"3.{minor}" for minor in range(6, 16)))
"""The versions that the harness is written for."""
COSTS: Mapping[str, str] = MappingProxyType(
    {
        "_multiprocessing": "no transport that moves objects",
        "sem_open": "no queue and no lock",
        "ctypes": "no placement, and on 2.7 no monotonic clock",
        "faulthandler": "no stacks of what hangs in C",
        "numpy": "no arrays as payloads",
    }
)
"""What is unsupported without a part."""
CRUCIAL = frozenset({"_multiprocessing", "sem_open"})
OFTEN_MISSING = frozenset({"numpy", "faulthandler"})


def interpreter_checks(found: Sequence[Interpreter]) -> Sequence[Check]:
    """Return a check for each interpreter, found broken or whole, and one for those missing."""
    used = [one for one in found if not one.broken and not one.duplicate]
    if not used:
        none = Check("interpreters", "bad", "none was found", "`pyenv install 3.13`")
        return (none, *(_broken(one) for one in found if one.broken))
    return (
        *(_used(one) for one in used),
        *(_duplicate(one, used) for one in found if one.duplicate),
        *(_broken(one) for one in found if one.broken),
        _missing(used),
    )


def _used(one: Interpreter) -> Check:
    what = f"{one.implementation} {one.version} at {tilde(one.path)} ({one.found})"
    if not one.lacks:
        return Check(f"python {one.name}", "ok", what)
    lacks = "; ".join(f"lacks {part}: {COSTS.get(part, 'unknown')}" for part in one.lacks)
    return Check(f"python {one.name}", _verdict(one), f"{what}; {lacks}", _mend(one))


def _verdict(one: Interpreter) -> Verdict:
    if CRUCIAL.intersection(one.lacks):
        return "bad"
    return "ok" if OFTEN_MISSING.issuperset(one.lacks) else "warn"


def _mend(one: Interpreter) -> str:
    """Return what brings the missing parts: pip for numpy, another build for the others."""
    built_in = [part for part in one.lacks if part not in OFTEN_MISSING]
    if built_in:
        needs = "libffi" if built_in == ["ctypes"] else "libffi and /dev/shm"
        return f"rebuild it with {needs} installed (`pyenv install --force {one.version}`)"
    if "numpy" in one.lacks:
        return "`ipcmatrix packages install` gets it for measuring"
    return ""  # no faulthandler: 2.7 never had one


def _duplicate(one: Interpreter, used: Sequence[Interpreter]) -> Check:
    version = next(other.version for other in used if other.name == one.name)
    what = f"{one.version} at {tilde(one.path)} ({one.found}) is not used: {version} is"
    hint = f"write {one.version} in matrix.yaml to have it" if one.version != version else ""
    return Check(f"python {one.name}", "ok", what, hint)


def _broken(one: Interpreter) -> Check:
    what = f"{tilde(one.path)} ({one.found}): {one.broken}" if one.path else one.broken
    return Check("python left out", "warn", what, "repair or remove it")


def _missing(used: Sequence[Interpreter]) -> Check:
    have = {one.name for one in used}
    absent = sorted(set(SERIES) - have, key=python_order)
    if not absent:
        return Check("interpreters", "ok", f"{len(used)}, none missing from 2.7 to 3.15")
    what = f"{len(used)}; not here: {', '.join(absent)}"
    hint = f"`pyenv install {' '.join(absent)}`, or measure in containers: `--executor docker`"
    return Check("interpreters", "ok", what, hint)


TIMEOUT = 4.0
"""Seconds for one answer of the engine: a doctor does not wait for a registry that is not there."""
GIB = 1024**3
ROOM = 5 * GIB
"""Nine images with their interpreters, and as much again."""
LIMITS: Mapping[str, str] = {
    "MemoryLimit": "memory",
    "SwapLimit": "swap",
    "CPUSet": "cpuset",
    "PidsLimit": "pids",
}


def engine_checks(timeout: float = TIMEOUT) -> Sequence[Check]:
    """Return the checks of the environment's container engine; only one if none answers."""
    from runner import engine  # the SDK is not loaded for those who measure without it

    try:
        wanted = engine.wanted_address()
        client = engine.connect(timeout)
    except EnvironmentLacksError as error:
        return (Check("engine", "warn", str(error), "needed only for `--executor docker`"),)
    try:
        facts = engine.describe(client)
        return (
            _engine(facts, str(wanted), engine.available(client)),
            _limits(facts),
            _registry(engine.registry_lacks(client)),
            disk(facts["engine_folder"]),
        )
    except engine.ENGINE_ERRORS as error:
        said = engine.brief(error)
        return (Check("engine", "bad", f"it went silent: {said}", "restart it, then try again"),)
    finally:
        client.close()


def disk(folder: str) -> Check:
    """Return whether the engine's folder has room for images, if it is on this machine."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return Check("engine disk", "ok", f"{folder} is not visible from here")
    what = f"{free / GIB:.1f} GiB free in {folder}"
    if free < ROOM:
        return Check("engine disk", "warn", what, "make room: `ipcmatrix images prune`")
    return Check("engine disk", "ok", what)


def _engine(facts: Mapping[str, str], where: str, lacks: str) -> Check:
    podman = facts["engine"].startswith("Podman ")
    rootless = "name=rootless" in facts["engine_security"].split(";")
    what = (
        f"{'' if podman else 'Docker '}{facts['engine']}{', rootless' if rootless else ''}, "
        f"API {facts['engine_api_used']} of {facts['engine_api']}, "
        f"control groups version {facts['engine_cgroup']} ({facts['engine_cgroup_driver']}), "
        f"storage {facts['engine_storage']}, at {where}"
    )
    if lacks:
        return Check("engine", "bad", f"{what}; {lacks}", "name another with DOCKER_HOST")
    if rootless:
        hint = (
            "limits of cores, memory and pids need control groups version 2, delegated to the "
            "user; a container in which they do not hold is not measured in (images/README.md)"
        )
        return Check("engine", "warn", what, hint)
    return Check("engine", "ok", what, "see Podman in images/README.md" if podman else "")


def _limits(facts: Mapping[str, str]) -> Check:
    lacking = [part for part in facts["engine_lacks"].split(";") if part]
    held = ", ".join(name for part, name in LIMITS.items() if part not in lacking)
    what = f"take hold: {held or 'none'}"
    if not lacking:
        return Check("engine limits", "ok", what)
    absent = ", ".join(LIMITS.get(part, part) for part in lacking)
    hint = "enable these controllers in the kernel (`cgroup_enable=memory swapaccount=1`)"
    return Check("engine limits", "warn", f"{what}; do not: {absent}", hint)


def _registry(reason: str) -> Check:
    if not reason:
        return Check("engine registry", "ok", "the image registry answers the engine")
    hint = "build images without it: `images.source: host` or `debian` in matrix.yaml"
    return Check("engine registry", "warn", f"the image registry does not answer: {reason}", hint)
