"""The checks of `doctor`: each with its verdict, what was found, and what to do."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from runner.errors import EnvironmentLacksError
from runner.machine.facts import Facts, machine
from runner.machine.load import CpuMeter, moment
from runner.machine.reading import UNKNOWN
from runner.machine.speed import UNEVEN, pace
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


BUSY_CORES = 0.25
"""CPU of other programs from which on a round is contaminated (method, stability flags)."""
SLOW_CLOCKS = ("hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit")
"""Clock sources that take a microsecond and more to read."""
MIB = 1024**2
FEW_PAGES = 1024
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
"""What a good build may lack: 2.7 never had a faulthandler."""
TIMEOUT = 4.0
"""Seconds for one answer of the engine: a doctor does not wait for a registry that is not there."""
GIB = 1024**3
ROOM = 5 * GIB
"""Nine images with their interpreters, and as much again."""


def checks(
    found: Sequence[Interpreter],
    facts: Mapping[str, Facts] | None = None,
    now: Facts | None = None,
    foreign: float | None = None,
    tries: Mapping[str, str] | None = None,
    paced: float | None = None,
) -> Sequence[Check]:
    """Return all checks but those of a container engine; takes two seconds to see load and speed.

    `found` is what `interpreters.find` returned; `facts`, `now`, `foreign` (cores), `tries`
    (see trying.tried) and `paced` (see speed.pace) are asked for where they are not given.
    """
    tries = tried() if tries is None else tries
    facts = machine() if facts is None else facts
    foreign = CpuMeter().over(1.0) if foreign is None else foreign
    return (
        *interpreter_checks(found),
        _tool(facts),
        _cores(facts["cpu"], tries["binding"]),
        _load(moment() if now is None else now, foreign),
        _speed(pace() if paced is None else paced),
        *_frequency(facts["cpu"]),
        _virtualisation(facts["cpu"]["virtualisation"]),
        _quota(facts["cgroup"]),
        *_channels(facts["ipc"], tries),
        _clock(facts["clock"]),
    )


def _tool(facts: Mapping[str, Facts]) -> Check:
    tool = facts["tool"]
    what = (
        f"ipcmatrix {tool['version']} (commit {tool['commit']}) on {tool['implementation']} "
        f"{tool['python']}"
    )
    absent = [name for name, version in facts["packages"].items() if version == NOT_INSTALLED]
    if not absent:
        return Check("tool", "ok", what)
    lacks = f"{what}; without {', '.join(absent)}"
    return Check("tool", "bad", lacks, "reinstall ipcmatrix with pip")


def _cores(cpu: Facts, unbound: str) -> Check:
    number = len(cpu["usable_cores"].split(","))
    what = f"{number} of {cpu['cores']} cores ({cpu['model']}, SMT {cpu['smt']})"
    hint = ""
    if unbound:
        what = f"{what}; a process cannot be bound to one: {unbound}"
        hint = "measure with `placement: [free]` only"
    elif number == 1:
        hint = "use two or more: on one core sender and receiver take turns"
    elif number < int(cpu["cores"]):
        hint = "start it without taskset or cpuset, or mention it with the results"
    return Check("cores", "warn" if hint else "ok", what, hint)


def _load(now: Facts, foreign: float | None) -> Check:
    used = "other programs' CPU unknown" if foreign is None else f"others use {foreign:.2f} cores"
    busy = foreign is not None and foreign > BUSY_CORES
    hint = "stop other programs: rounds wait a while for a quiet core" if busy else ""
    return Check("load", "warn" if busy else "ok", f"{used}, load {now['load']}", hint)


def _speed(paced: float | None) -> Check:
    if paced is None:
        return Check("core speed", "ok", "unknown: no thread can be bound to a core, or none ran")
    what = f"in slow moments {100 * paced:.0f} % of that in fast ones"
    if paced >= UNEVEN:
        return Check("core speed", "ok", what)
    hint = "measure at another time, or on a machine that nobody shares: others slow its cores"
    return Check("core speed", "warn", f"{what}, over a second", hint)


def _frequency(cpu: Facts) -> Iterator[Check]:
    governor, turbo = cpu["governor"], cpu["turbo"]
    if governor == UNKNOWN:
        yield Check("governor", "ok", "the frequency is not governed from in here")
    elif governor != "performance":
        yield Check("governor", "warn", governor, "`cpupower frequency-set -g performance`")
    else:
        yield Check("governor", "ok", governor)
    if turbo == "on":
        turbo = "on: absolute rates vary with heat; ratios are formed within a round"
        switch = "`echo 0 > /sys/devices/system/cpu/cpufreq/boost`, or 1 to intel_pstate/no_turbo"
        yield Check("turbo", "ok", turbo, switch)
    else:
        yield Check("turbo", "ok", turbo)


def _virtualisation(kind: str) -> Check:
    if kind in ("none", UNKNOWN):
        return Check("virtualisation", "ok", kind)
    what = f"{kind}: neighbours may take the cores, and are not always seen"
    return Check("virtualisation", "warn", what, "measure several sessions (`measure.sessions: 3`)")


def _quota(cgroup: Facts) -> Check:
    if not cgroup["cpu_max"].partition(" ")[0].isdigit():
        return Check("cpu quota", "ok", f"none (control groups version {cgroup['version']})")
    what = f"{cgroup['cpu_max']} \u00b5s: the group is halted in every period that it uses up"
    return Check("cpu quota", "warn", what, "give whole cores (a cpuset) in place of a quota")


def _channels(ipc: Facts, tries: Mapping[str, str]) -> Iterator[Check]:
    """Yield the checks of /dev/shm and of pipes."""
    size = ipc["dev_shm_bytes"]
    what = "size unknown" if size == UNKNOWN else f"{int(size) // MIB} MiB"
    hint = "mount a tmpfs on /dev/shm that everyone may write to, and that has room"
    if tries["semaphore"]:
        what = f"{what}; no semaphore can be made, and queues need them: {tries['semaphore']}"
        yield Check("/dev/shm", "bad", what, hint)
    elif tries["shared_memory"]:
        what = f"{what}; no shared memory can be had: {tries['shared_memory']}"
        yield Check("/dev/shm", "warn", what, hint)
    elif size != UNKNOWN and int(size) < 64 * MIB:
        yield Check("/dev/shm", "warn", what, "`mount -o remount,size=256m /dev/shm`")
    else:
        what = f"{what}; a semaphore and shared memory were made and removed"
        yield Check("/dev/shm", "ok", what)
    most, soft = ipc["pipe_max_bytes"], ipc["pipe_user_pages_soft"]
    what = f"at most {most} bytes each, {soft} pages for a user's pipes together"
    if soft.isdigit() and 0 < int(soft) < FEW_PAGES:
        what = f"{what}: beyond them a new pipe has only 2 pages, and is slower"
        yield Check("pipes", "warn", what, "`sysctl fs.pipe-user-pages-soft=16384`")
    else:
        yield Check("pipes", "ok", what)


def _clock(clock: Facts) -> Check:
    what = (
        f"{clock['source']} ({clock['monotonic']}), resolution {clock['resolution']} s, "
        f"smallest step seen {clock['smallest_step']} s"
    )
    seen = float(clock["smallest_step"])
    coarse = max(float(clock["resolution"]), seen) > 1e-6 or seen == 0  # it was not seen to move
    if clock["source"] not in SLOW_CLOCKS and not coarse:
        return Check("clock", "ok", what)
    hint = "boot with a faster clock source (`clocksource=tsc`): do not trust latencies"
    return Check("clock", "warn", what, hint)


def interpreter_checks(found: Sequence[Interpreter]) -> Sequence[Check]:
    """Return a check for each interpreter, found broken or whole, and one for those missing."""
    used = [one for one in found if not one.broken and not one.duplicate]
    if not used:
        none = Check("interpreters", "bad", "none was found", "`pyenv install 3.13`")
        return (none, *(_broken(one) for one in found if one.broken))
    results = [_used(one) for one in used]
    for one in found:
        if one.duplicate:
            version = next(other.version for other in used if other.name == one.name)
            what = f"{one.version} at {tilde(one.path)} ({one.found}) is not used: {version} is"
            hint = (
                f"write {one.version} in matrix.yaml to have it" if one.version != version else ""
            )
            results.append(Check(f"python {one.name}", "ok", what, hint))
    results += [_broken(one) for one in found if one.broken]
    absent = sorted(set(SERIES) - {one.name for one in used}, key=python_order)
    what, hint = f"{len(used)}, none missing from {SERIES[0]} to {SERIES[-1]}", ""
    if absent:
        what = f"{len(used)}; not here: {', '.join(absent)}"
        hint = f"`pyenv install {' '.join(absent)}`, or measure in containers: `--executor docker`"
    return (*results, Check("interpreters", "ok", what, hint))


def _used(one: Interpreter) -> Check:
    what = f"{one.implementation} {one.version} at {tilde(one.path)} ({one.found})"
    if not one.lacks:
        return Check(f"python {one.name}", "ok", what)
    lacks = "; ".join(f"lacks {part}: {COSTS.get(part, 'unknown')}" for part in one.lacks)
    verdict: Verdict = "ok"
    hint = "`ipcmatrix packages install` gets it for measuring" if "numpy" in one.lacks else ""
    if built_in := [part for part in one.lacks if part not in OFTEN_MISSING]:
        verdict = "bad" if CRUCIAL.intersection(built_in) else "warn"
        needs = "libffi" if built_in == ["ctypes"] else "libffi and /dev/shm"
        hint = f"rebuild it with {needs} installed (`pyenv install --force {one.version}`)"
    return Check(f"python {one.name}", verdict, f"{what}; {lacks}", hint)


def _broken(one: Interpreter) -> Check:
    what = f"{tilde(one.path)} ({one.found}): {one.broken}" if one.path else one.broken
    return Check("python left out", "warn", what, "repair or remove it")


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
            _limits(facts["engine_lacks"], engine.CGROUP_CONTROLS),
            _registry(engine.registry_lacks(client)),
            disk(facts["engine_folder"], facts["engine_address"]),
        )
    except engine.ENGINE_ERRORS as error:
        said = engine.brief(error)
        return (Check("engine", "bad", f"it went silent: {said}", "restart it, then try again"),)
    finally:
        client.close()


def disk(folder: str, address: str) -> Check:
    """Return whether the engine's folder has room for images, if it is on this machine."""
    hidden = Check("engine disk", "ok", f"{folder or 'its folder'} is not visible from here")
    if address != "unix socket":  # a folder of that name here is not the engine's
        return hidden
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return hidden
    what = f"{free / GIB:.1f} GiB free in {folder}"
    if free < ROOM:
        return Check("engine disk", "warn", what, "make room: `ipcmatrix images prune`")
    return Check("engine disk", "ok", what)


def _engine(facts: Facts, where: str, lacks: str) -> Check:
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


def _limits(lacks: str, controls: Mapping[str, str]) -> Check:
    lacking = [part for part in lacks.split(";") if part]
    held = ", ".join(name for part, name in controls.items() if part not in lacking)
    what = f"take hold: {held or 'none'}"
    if not lacking:
        return Check("engine limits", "ok", what)
    what = f"{what}; do not: {', '.join(controls[part] for part in lacking)}"
    hint = "enable these controllers in the kernel (`cgroup_enable=memory swapaccount=1`)"
    return Check("engine limits", "warn", what, hint)


def _registry(silent: str) -> Check:
    if not silent:
        return Check("engine registry", "ok", "the image registry answers the engine")
    what = f"the image registry does not answer: {silent}"
    hint = "build images without it: `images.source: host` or `debian` in matrix.yaml"
    return Check("engine registry", "warn", what, hint)
