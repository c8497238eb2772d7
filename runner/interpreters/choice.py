"""Which interpreter a name of the matrix means, and what to do where there is none."""

import re
from collections.abc import Mapping, Sequence

from runner.errors import EnvironmentLacksError
from runner.model import Interpreter, python_order

EXACT = re.compile(r"(pypy)?\d+\.\d+\.\d+((a|b|rc)\d+)?t?")


def sort(found: Sequence[Interpreter]) -> list[Interpreter]:
    """Return interpreters by name, 3.9 before 3.10, those in use before duplicates."""
    return sorted(found, key=lambda one: (one.duplicate, python_order(one.name)))


def names(found: Sequence[Interpreter]) -> tuple[str, ...]:
    """Return the names that `found` in a matrix stands for: one for each interpreter in use."""
    return tuple(one.name for one in found if not one.broken and not one.duplicate)


def resolve(wanted: Sequence[str], found: Sequence[Interpreter]) -> Mapping[str, Interpreter | str]:
    """Return the interpreter of each wanted name, or the reason why there is none.

    A name is a version (`3.11`: the newest patch), or an exact one (`3.11.7`), of which a
    duplicate will do. Raises EnvironmentLacksError where not one of the names can be had.
    """
    chosen = {name: _one(name, found) for name in wanted}
    if chosen and all(isinstance(one, str) for one in chosen.values()):
        raise EnvironmentLacksError("\n".join(str(reason) for reason in chosen.values()))
    return chosen


def missing(name: str, found: Sequence[Interpreter]) -> str:
    """Return the message for an interpreter that this machine lacks: what, where, what to do."""
    have = ", ".join(names(found)) or "none"
    broken = [f"{one.path}: {one.broken}" for one in found if one.broken and _fits(name, one)]
    reason = f"; {broken[0]}" if broken else ""
    return (
        f"no interpreter {name} on this machine (found: {have}{reason}); "
        f"{advice(name)}, or measure in containers with `--executor docker`"
    )


def advice(name: str) -> str:
    """Return how the interpreter can be brought here."""
    pyenv = f"`pyenv install {name}`"
    if name.startswith(("2.", "3.6", "3.7", "pypy2")):
        return f"{pyenv} brings it"
    return f"{pyenv} or `uv python install {name}` brings it"


def _one(name: str, found: Sequence[Interpreter]) -> Interpreter | str:
    usable = [one for one in found if not one.broken]
    for one in usable:
        if one.name == name and not one.duplicate:
            return one
    if EXACT.fullmatch(name):
        for one in usable:
            if exact_name(one) == name:
                return one
    return missing(name, found)


def exact_name(one: Interpreter) -> str:
    """Return an interpreter's name with its full version: `3.14.0rc1t`, `pypy3.11.13`."""
    series = ".".join(one.version.split(".")[:2])
    return one.name.replace(series, one.version, 1)


def _fits(name: str, one: Interpreter) -> bool:
    """Whether a broken interpreter's file looks like the wanted one."""
    return one.path.endswith((f"python{name}", name)) or f"/{name}" in one.path
