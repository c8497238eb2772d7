"""From places to interpreters: every candidate asked once, all at the same time."""

import errno
import os
from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from runner.interpreters.candidates import (
    EXECUTABLE,
    Candidate,
    Place,
    Unsearched,
    Unusable,
    candidates,
)
from runner.interpreters.choice import sort
from runner.interpreters.question import TIMEOUT, Told, ask
from runner.model import Interpreter
from runner.process import tilde

ROOTLESS = "it is a virtual environment, and does not tell what it was made of"
AT_ONCE = 16
"""How many are asked side by side: one that hangs must not keep the others waiting."""
SHORT = tuple(os.strerror(one) for one in (errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM))
"""Reasons that may be gone once the others have been asked."""
COMPILED = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""The first bytes of programs of Linux and macOS, not of scripts."""


class _Answer(NamedTuple):
    place: Candidate
    told: Told | str


def find(places: Iterable[Place] | None = None, timeout: float = TIMEOUT) -> Sequence[Interpreter]:
    """Return every interpreter of this machine, sorted by name, those in use before the rest.

    Of one name the newest patch is used, then the first in PATH; the others are marked as
    duplicates. What cannot be started, hangs, fails or is too old is listed as broken, with the
    reason. A virtual environment stands for the interpreter that it was made of. Programs are
    started by the path at which they were found: some look at their own name.
    """
    listed = list(candidates(os.environ) if places is None else places)
    first = _ask(_distinct(place for place in listed if isinstance(place, Candidate)), timeout)
    behind = _ask(_bases(first), timeout)
    answers = [*first, *behind]
    told = [one for one in answers if isinstance(one.told, Told) and not one.told.virtual]
    broken = [_broken(one.place, one.told) for one in answers if isinstance(one.told, str)]
    rootless = [one for one in first if _is_virtual(one) and not _base(one)]
    rootless += [one for one in behind if _is_virtual(one)]
    broken += [_broken(one.place, ROOTLESS) for one in rootless]
    broken += [_broken(one, one.reason) for one in _first(listed)]
    broken += [_unsearched(place) for place in listed if isinstance(place, Unsearched)]
    return [*sort(_chosen(_once(told))), *broken]


def _first(listed: Sequence[Place]) -> list[Unusable]:
    """Return what cannot be started, once where two places lead to it (/bin is /usr/bin)."""
    unusable = [place for place in listed if isinstance(place, Unusable)]
    return list({_whereabouts(place.path): place for place in reversed(unusable)}.values())[::-1]


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
            compiled = stream.read(4) in COMPILED
        status = real.stat()
    except (OSError, RuntimeError):
        return _whereabouts(path)  # asking it will tell why
    plain = compiled and EXECUTABLE.fullmatch(real.name) and not _in_environment(path)
    return (status.st_dev, status.st_ino) if plain else _whereabouts(path)


def _in_environment(path: Path) -> bool:
    return (path.parent.parent / "pyvenv.cfg").exists() or (path.parent / "pyvenv.cfg").exists()


def _ask(places: Sequence[Candidate], timeout: float) -> list[_Answer]:
    if not places:
        return []
    try:
        with ThreadPoolExecutor(min(AT_ONCE, len(places))) as pool:
            told = list(pool.map(lambda place: ask(place.path, timeout), places))
    except RuntimeError:  # no thread can be had (`ulimit -u`, `ulimit -v`)
        told = [ask(place.path, timeout) for place in places]
    for number, place in enumerate(places):
        reason = told[number]
        if isinstance(reason, str) and any(one in reason for one in SHORT):
            told[number] = ask(place.path, timeout)  # alone, with all that there is
    return [_Answer(place, one) for place, one in zip(places, told, strict=True)]


def _bases(answers: Sequence[_Answer]) -> list[Candidate]:
    """Return the interpreters behind virtual environments that have not been asked themselves."""
    asked = {_key(one.place.path) for one in answers if not _is_virtual(one)}
    bases = (Candidate(Path(_base(one)), one.place.found) for one in answers if _is_virtual(one))
    return [
        place for place in _distinct(bases) if place.path.name and _key(place.path) not in asked
    ]


def _is_virtual(one: _Answer) -> bool:
    return isinstance(one.told, Told) and one.told.virtual


def _base(one: _Answer) -> str:
    """Return the program that an environment was made of; before 3.8 only the link tells it."""
    assert isinstance(one.told, Told)
    real = one.place.path.resolve()
    linked = real != one.place.path and not _in_environment(real)
    return one.told.base or (str(real) if linked else "")


def _once(answers: Sequence[_Answer]) -> list[_Answer]:
    """Return one answer for each interpreter that one file gives: `python`, `python3` …"""
    found: dict[Hashable, _Answer] = {}
    for one in answers:
        assert isinstance(one.told, Told)
        try:
            status = one.place.path.stat()
        except OSError:  # it went away since it answered: starting it will tell
            found[one.place.path] = one
            continue
        key = (status.st_dev, status.st_ino, one.told.name, one.told.version, one.told.same)
        found.setdefault(key, one)
    return list(found.values())


def _chosen(answers: Sequence[_Answer]) -> list[Interpreter]:
    """Return an entry for each answer; the first of the newest patch of a name is the one used."""
    best: dict[str, _Answer] = {}
    for one in answers:
        assert isinstance(one.told, Told)
        held = best.get(one.told.name)
        if held is None or (isinstance(held.told, Told) and one.told.order > held.told.order):
            best[one.told.name] = one
    used = list(best.values())
    rest = [one for one in answers if one not in used]
    return [_interpreter(one) for one in used] + [_interpreter(one, True) for one in rest]


def _interpreter(one: _Answer, duplicate: bool = False) -> Interpreter:
    assert isinstance(one.told, Told)
    return Interpreter(
        name=one.told.name,
        version=one.told.version,
        implementation=one.told.implementation,
        path=str(one.place.path),
        found=one.place.found,
        lacks=one.told.lacks,
        duplicate=duplicate,
    )


def _broken(place: Candidate | Unusable, reason: str) -> Interpreter:
    return Interpreter("", "", "", str(place.path), place.found, broken=reason)


def _unsearched(place: Unsearched) -> Interpreter:
    reason = tilde(f"could not be looked through: {place.reason}")
    return Interpreter("", "", "", "", place.found, broken=reason)
