"""What `doctor` says of the container engine."""

import shutil
from collections.abc import Mapping, Sequence

from runner.errors import EnvironmentLacksError
from runner.facts.check import Check

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
    """Return the checks of the environment's container engine; one alone where none answers."""
    from runner import engine  # the SDK is not loaded for those who measure without it

    try:
        wanted = engine.wanted_address()
        client = engine.connect(timeout)
    except EnvironmentLacksError as error:
        return (Check("engine", "warn", str(error), "needed for `--executor docker` alone"),)
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
    """Return whether the engine's folder has room for images, where it lies on this machine."""
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
