"""Which interpreter a name of the matrix means, and what to do where there is none."""

import re
from collections.abc import Mapping, Sequence

from runner.errors import EnvironmentLacksError
from runner.model import Interpreter, python_name, python_order
from runner.process import tilde

EXACT = re.compile(r"[a-z]*\d+\.\d+\.\d+((a|b|rc)\d+)?t?d?")

MOST_NAMED = 3
"""How many programs a message names that may have been what was asked for."""


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
        raise EnvironmentLacksError(*(str(reason) for reason in chosen.values()))
    return chosen


def missing(name: str, found: Sequence[Interpreter]) -> str:
    """Return the message for an interpreter that this machine lacks: what, where, what to do."""
    have = ", ".join(names(found)) or "none"
    unasked = [one for one in found if one.broken]
    fitting = [one for one in unasked if _fits(name, one)] or unasked[:MOST_NAMED]
    reason = "".join(f"; left out: {left_out(one)}" for one in fitting)
    return (
        f"no interpreter {name} on this machine (found: {have}{reason}); "
        f"{advice(name)}, or measure in containers with `--executor docker`"
    )


def left_out(one: Interpreter) -> str:
    """Return which program is left out, where it was found, and why; fit to be published."""
    place = f"{tilde(one.path)} ({one.found})" if one.path else one.found
    return f"{place}: {one.broken}"


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
    program = python_name(one.path.rpartition("/")[2])
    same = bool(program) and (name == program or name.startswith(f"{program}."))
    return same or f"/{name}" in one.path
