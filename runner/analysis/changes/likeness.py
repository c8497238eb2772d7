"""What two runs have in common, by the facts in their run.json: what refuses, what is marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.errors import BadInputError
from runner.model.environment_hash import SUBJECTS, engine_of, environment_hash_of, lasting, mapping

Run = Mapping[str, object]

METHOD = ("harness", "format")
"""Entries of run.json that decide what a trial is: where they differ, two methods would differ."""

METHOD_OF_MEASURE = ("target", "invocation", "warmup_rounds")
"""Entries of `measure` that do so too."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What differs between two runs: `method` forbids verdicts, the others are marks.

    `interpreters` maps a Python to what of its build, image or limits differs; `environments` are
    the ids of the environments that the two sides were timed on, where there is more than one: then
    `conditions` names the facts that differ.
    """

    method: tuple[str, ...]
    conditions: tuple[str, ...]
    interpreters: Mapping[str, str]
    environments: tuple[str, ...] = ()

    def notes(self) -> list[str]:
        """Return what differs, one entry each."""
        return [
            *([f"environments {' and '.join(self.environments)}"] if self.environments else []),
            *self.method,
            *self.conditions,
            *(f"Python {name}: {what}" for name, what in self.interpreters.items()),
        ]


def likeness(old: Sequence[Run], new: Sequence[Run]) -> Likeness:
    """Return what differs; BadInputError where the runs have no machine in common.

    Each side is judged by all its runs: a fact that differs among them differs between the sides.
    """
    before, after = _machines(old), _machines(new)
    if before and after and not before & after:
        message = (
            f"not comparable: measured on other machines ({', '.join(sorted(before))} and "
            f"{', '.join(sorted(after))}): ratios are never formed across machines; measure both "
            "on one, or give both to `ipcmatrix report`, which shows them side by side"
        )
        raise BadInputError(message)
    pairs = [(one, other) for one in old for other in new]
    method = {what for one, other in pairs for what in _method(one, other)}
    around = {what for one, other in pairs for what in _conditions(one, other)}
    environments = _environments((*old, *new)) if around else ()
    return Likeness(
        tuple(sorted(method)), tuple(sorted(around)), _interpreters(pairs), environments
    )


def _machines(runs: Sequence[Run]) -> set[str]:
    return {str(run["machine"]) for run in runs if run.get("machine")}


def _environments(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the ids where they differ, of runs of which something that both record does.

    An id is of all that a run records, so a subject that an older run lacks makes another id, and
    that does not make another environment. They are computed again, so that runs of several
    versions of this program go by one rule.
    """
    found = dict.fromkeys(one for run in runs if (one := environment_hash_of(run)))
    return tuple(found) if len(found) > 1 else ()


def _method(one: Run, other: Run) -> list[str]:
    found = [name for name in METHOD if one.get(name) != other.get(name)]
    before, after = mapping(one, "measure"), mapping(other, "measure")
    return found + [f"measure.{n}" for n in METHOD_OF_MEASURE if before.get(n) != after.get(n)]


def _conditions(one: Run, other: Run) -> list[str]:
    """Return the facts of machine, engine and executor that differ, of what both record."""
    before, after = mapping(one, "machine_facts"), mapping(other, "machine_facts")
    found = [
        f"{subject}.{name}"
        for subject in SUBJECTS
        if subject in before and subject in after
        for name in _differing(mapping(before, subject), mapping(after, subject))
    ]
    engines = engine_of(one), engine_of(other)
    found += _differing(*engines) if all(engines) else []
    then, now = _own_files(one), _own_files(other)
    found += sorted(path for path in then.keys() & now.keys() if then[path] != now[path])
    entries = [name for name in ("machine", "executor") if one.get(name) and other.get(name)]
    return found + [name for name in entries if one[name] != other[name]]


def _own_files(run: Run) -> Mapping[str, str]:
    """Return the digest of each file of the user's own that a run measured with, by its path."""
    files = run.get("files")
    return {one["path"]: one["sha256"] for one in files} if isinstance(files, list) else {}


def _interpreters(pairs: Sequence[tuple[Run, Run]]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        for part in ("interpreters", "places"):
            before, after = mapping(one, part), mapping(other, part)
            for python in before.keys() & after.keys():
                names = _differing(mapping(before, python), mapping(after, python))
                found.setdefault(str(python), set()).update(names)
    return {python: ", ".join(sorted(names)) for python, names in sorted(found.items()) if names}


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    before, after = lasting(one), lasting(other)
    names = sorted(before.keys() | after.keys())
    return [name for name in names if before.get(name) != after.get(name)]
