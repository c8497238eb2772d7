"""What `doctor` says of interpreters: each one in use, what it lacks, and which are missing."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from runner.facts.check import Check, Verdict
from runner.model import Interpreter, python_order
from runner.process import tilde

SERIES = ("2.7", *(f"3.{minor}" for minor in range(6, 16)))
"""The versions that the harness is written for."""
COSTS: Mapping[str, str] = MappingProxyType(
    {
        "_multiprocessing": "no transport but os_pipe",
        "sem_open": "no queue and no lock",
        "ctypes": "no placement, and on 2.7 no monotonic clock",
        "faulthandler": "no stacks of what hangs in C",
        "numpy": "no ndarray payloads",
    }
)
"""What a missing part makes unsupported."""
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
        return f"build it anew where {needs} can be had (`pyenv install --force {one.version}`)"
    if "numpy" in one.lacks:
        return f"`{tilde(one.path)} -m pip install numpy`"
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
