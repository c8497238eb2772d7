"""From places to interpreters: every candidate asked once, all at the same time."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from runner.interpreters.candidates import Candidate, Unsearched, candidates
from runner.interpreters.choice import sort
from runner.interpreters.question import TIMEOUT, Told, ask
from runner.model import Interpreter
from runner.process import tilde

ROOTLESS = "it is a virtual environment, and does not tell what it was made of"
AT_ONCE = 8
"""How many are asked side by side: one that hangs must not keep the others waiting."""


class _Answer(NamedTuple):
    candidate: Candidate
    told: Told | str


def find(
    places: Iterable[Candidate | Unsearched] | None = None, timeout: float = TIMEOUT
) -> Sequence[Interpreter]:
    """Return every interpreter of this machine, sorted by name, those in use before the rest.

    Of one name the newest patch is used, then the first in PATH; the others are marked as
    duplicates. What hangs, fails or is too old is listed as broken, with the reason. A virtual
    environment stands for the interpreter that it was made of.
    """
    listed = list(candidates(os.environ) if places is None else places)
    unsearched = [place for place in listed if isinstance(place, Unsearched)]
    answers = _ask(_distinct(place for place in listed if isinstance(place, Candidate)), timeout)
    answers += _ask(_bases(answers), timeout)
    told = [one for one in answers if isinstance(one.told, Told) and not one.told.virtual]
    broken = [_broken(one.candidate, one.told) for one in answers if isinstance(one.told, str)]
    broken += [_broken(one.candidate, ROOTLESS) for one in answers if _rootless(one)]
    broken += [_unsearched(place) for place in unsearched]
    return [*sort(_chosen(told)), *broken]


def _distinct(places: Iterable[Candidate]) -> list[Candidate]:
    """Return one candidate for each file: `python`, `python3` and a hard link are the same."""
    seen: set[tuple[int, int]] = set()
    found = []
    for place in places:
        try:
            status = place.path.stat()
        except OSError:
            continue  # it went away since it was listed
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            found.append(Candidate(Path(os.path.realpath(place.path)), place.found))
    return found


def _ask(places: Sequence[Candidate], timeout: float) -> list[_Answer]:
    if not places:
        return []
    with ThreadPoolExecutor(min(AT_ONCE, len(places))) as pool:
        told = pool.map(lambda place: ask(place.path, timeout), places)
        return [_Answer(place, one) for place, one in zip(places, told, strict=True)]


def _bases(answers: Sequence[_Answer]) -> list[Candidate]:
    """Return the interpreters behind virtual environments that have not been asked themselves."""
    asked = {one.candidate.path for one in answers}
    bases = (
        Candidate(Path(one.told.base), one.candidate.found)
        for one in answers
        if isinstance(one.told, Told) and one.told.virtual and one.told.base
    )
    return [place for place in _distinct(bases) if place.path not in asked]


def _rootless(one: _Answer) -> bool:
    return isinstance(one.told, Told) and one.told.virtual and not one.told.base


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
        path=str(one.candidate.path),
        found=one.candidate.found,
        lacks=one.told.lacks,
        duplicate=duplicate,
    )


def _broken(place: Candidate, reason: str) -> Interpreter:
    return Interpreter("", "", "", str(place.path), place.found, broken=reason)


def _unsearched(place: Unsearched) -> Interpreter:
    reason = tilde(f"could not be looked through: {place.reason}")
    return Interpreter("", "", "", "", place.found, broken=reason)
