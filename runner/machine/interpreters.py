"""The interpreters of this machine: each candidate asked once, and chosen by name."""

import errno
import os
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from runner.errors import EnvironmentLacksError
from runner.machine.candidates import (
    EXECUTABLE,
    Candidate,
    Place,
    Unsearched,
    Unusable,
    candidates,
)
from runner.machine.question import TIMEOUT, SelfReport, ask
from runner.model import Interpreter, python_name, python_order
from runner.process import tilde

ROOTLESS = "it is a virtual environment, and does not say what it was made from"
AT_ONCE = 16
"""How many are asked side by side: one that hangs must not keep the others waiting."""
SHORT = tuple(os.strerror(one) for one in (errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM))
"""Reasons that may vanish once the others have been asked."""
COMPILED = b"\x7fELF"
"""The first bytes of programs, not of scripts."""
EXACT = re.compile(r"[a-z]*\d+\.\d+\.\d+((a|b|rc)\d+)?t?d?")
MOST_NAMED = 3
"""How many similar programs a message names."""


class _Answered(NamedTuple):
    place: Candidate
    said: SelfReport


def find(places: Iterable[Place] | None = None, timeout: float = TIMEOUT) -> Sequence[Interpreter]:
    """Return every interpreter of this machine, sorted by name, those in use before the rest.

    Of one name the newest patch is used, then the first in PATH; the others are marked as
    duplicates. What cannot be started, hangs, fails or is too old is listed as broken, with the
    reason. A virtual environment counts as the interpreter that it was made from. Programs are
    started by the path at which they were found: some look at their own name.
    """
    listed = list(candidates(os.environ) if places is None else places)
    asked = _distinct(place for place in listed if isinstance(place, Candidate))
    first, broken = _ask(asked, timeout)
    behind, others = _ask(_bases(first, broken), timeout)
    rootless = [one for one in first if one.said.virtual and not _base(one)]
    rootless += [one for one in behind if one.said.virtual]
    broken += [*others, *(_broken(one.place, ROOTLESS) for one in rootless)]
    # A program that cannot be started is listed once, even if two places lead to it.
    unusable = [place for place in listed if isinstance(place, Unusable)]
    first_of = {_whereabouts(place.path): place for place in reversed(unusable)}
    broken += [_broken(one, one.reason) for one in reversed(first_of.values())]
    for place in listed:
        if isinstance(place, Unsearched):
            reason = tilde(f"could not be looked through: {place.reason}")
            broken.append(Interpreter("", "", "", "", place.found, broken=reason))
    return [*_chosen(one for one in (*first, *behind) if not one.said.virtual), *broken]


def _whereabouts(path: Path) -> str:
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118 - not the link


def _distinct(places: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates that must be asked, in their order.

    `python`, `python3` and `python3.11` of one compiled interpreter are one. A script, or a
    program of another name behind the link (snap, firejail), may do for each name another thing.
    """
    found: dict[Hashable, Candidate] = {}
    for place in places:
        found.setdefault(_key(place.path), place)
    return list(found.values())


def _key(path: Path) -> Hashable:
    try:
        real = path.resolve()
        with real.open("rb") as stream:
            compiled = stream.read(4) == COMPILED
        status = real.stat()
    except (OSError, RuntimeError):
        return _whereabouts(path)  # asking it will show why
    plain = compiled and EXECUTABLE.fullmatch(real.name) and not _in_environment(path)
    return (status.st_dev, status.st_ino) if plain else _whereabouts(path)


def _in_environment(path: Path) -> bool:
    return (path.parent.parent / "pyvenv.cfg").exists() or (path.parent / "pyvenv.cfg").exists()


def _ask(places: Sequence[Candidate], timeout: float) -> tuple[list[_Answered], list[Interpreter]]:
    """Return the candidates that answered, and those that did not."""
    if not places:
        return [], []
    try:
        with ThreadPoolExecutor(min(AT_ONCE, len(places))) as pool:
            answers = list(pool.map(lambda place: ask(place.path, timeout), places))
    except RuntimeError:  # no thread can be had (`ulimit -u`, `ulimit -v`)
        answers = [ask(place.path, timeout) for place in places]
    for number, place in enumerate(places):
        reason = answers[number]
        if isinstance(reason, str) and any(one in reason for one in SHORT):
            answers[number] = ask(place.path, timeout)  # alone, with all memory and time
    both = list(zip(places, answers, strict=True))
    answered = [_Answered(place, one) for place, one in both if not isinstance(one, str)]
    return answered, [_broken(place, one) for place, one in both if isinstance(one, str)]


def _bases(answers: Sequence[_Answered], broken: Sequence[Interpreter]) -> list[Candidate]:
    """Return the interpreters behind virtual environments that have not been asked themselves."""
    asked = {_key(one.place.path) for one in answers if not one.said.virtual}
    asked |= {_key(Path(one.path)) for one in broken}
    bases = (Candidate(Path(_base(one)), one.place.found) for one in answers if one.said.virtual)
    return [
        place for place in _distinct(bases) if place.path.name and _key(place.path) not in asked
    ]


def _base(one: _Answered) -> str:
    """Return the program that an environment was made of; before 3.8 only the link shows it."""
    real = one.place.path.resolve()
    linked = real != one.place.path and not _in_environment(real)
    return one.said.base or (str(real) if linked else "")


def _chosen(answers: Iterable[_Answered]) -> list[Interpreter]:
    """Return an entry for each interpreter that a file gives (`python`, `python3` … are one).

    Of each name the first of the newest patch is used, the others are duplicates. They are sorted
    by name, 3.9 before 3.10, those in use first.
    """
    found: dict[Hashable, _Answered] = {}
    best: dict[str, _Answered] = {}
    for one in answers:
        try:
            status = one.place.path.stat()
            build = (one.said.name, one.said.version, one.said.same)
            key: Hashable = (status.st_dev, status.st_ino, *build)
        except OSError:  # it is gone since it answered: starting it will show that
            key = one.place.path
        found.setdefault(key, one)
    for one in found.values():
        if one.said.order > best.setdefault(one.said.name, one).said.order:
            best[one.said.name] = one
    entries = [
        Interpreter(
            name=one.said.name,
            version=one.said.version,
            implementation=one.said.implementation,
            path=str(one.place.path),
            found=one.place.found,
            lacks=one.said.lacks,
            duplicate=one is not best[one.said.name],
        )
        for one in found.values()
    ]
    return sorted(entries, key=lambda one: (one.duplicate, python_order(one.name)))


def _broken(place: Candidate | Unusable, reason: str) -> Interpreter:
    return Interpreter("", "", "", str(place.path), place.found, broken=reason)


def names(found: Sequence[Interpreter]) -> tuple[str, ...]:
    """Return the names that `found` means in a matrix: one for each interpreter in use."""
    return tuple(one.name for one in found if not one.broken and not one.duplicate)


def resolve(wanted: Sequence[str], found: Sequence[Interpreter]) -> Mapping[str, Interpreter | str]:
    """Return the interpreter of each wanted name, or the reason why there is none.

    A name is a version (`3.11`: the newest patch), or an exact one (`3.11.7`), of which a
    duplicate will do. Raises EnvironmentLacksError where not one of the names can be had.
    """
    usable = [one for one in reversed(found) if not one.broken]  # of two the first counts
    used = {one.name: one for one in usable if not one.duplicate}
    exact = {exact_name(one): one for one in usable}
    chosen = {
        name: used.get(name)
        or (exact.get(name) if EXACT.fullmatch(name) else None)
        or missing(name, found)
        for name in wanted
    }
    if chosen and all(isinstance(one, str) for one in chosen.values()):
        raise EnvironmentLacksError(*(str(reason) for reason in chosen.values()))
    return chosen


def missing(name: str, found: Sequence[Interpreter]) -> str:
    """Return the message for an interpreter that this machine lacks: what, where, what to do."""
    have = ", ".join(names(found)) or "none"
    unasked = [one for one in found if one.broken]
    fitting = [one for one in unasked if _fits(name, one)] or unasked[:MOST_NAMED]
    reason = "".join(f"; left out: {left_out(one)}" for one in fitting)
    brings = f"`pyenv install {name}`"
    if not name.startswith(("2.", "3.6", "3.7", "pypy2")):
        brings += f" or `uv python install {name}`"
    return (
        f"no interpreter {name} on this machine (found: {have}{reason}); "
        f"{brings} brings it, or measure in containers with `--executor docker`"
    )


def left_out(one: Interpreter) -> str:
    """Return which program is left out, where it was found, and why; fit to be published."""
    place = f"{tilde(one.path)} ({one.found})" if one.path else one.found
    return f"{place}: {one.broken}"


def exact_name(one: Interpreter) -> str:
    """Return an interpreter's name with its full version: `3.14.0rc1t`, `pypy3.11.13`."""
    series = ".".join(one.version.split(".")[:2])
    return one.name.replace(series, one.version, 1)


def _fits(name: str, one: Interpreter) -> bool:
    """Whether a broken interpreter's file looks like the wanted one."""
    program = python_name(one.path.rpartition("/")[2])
    same = bool(program) and (name == program or name.startswith(f"{program}."))
    return same or f"/{name}" in one.path
