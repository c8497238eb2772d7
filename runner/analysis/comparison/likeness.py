"""What two runs have in common, by the facts in their run.json: what refuses, what is marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.errors import BadInputError

Run = Mapping[str, object]

METHOD = ("harness", "format")
"""Entries of run.json that decide what a trial is: where they differ, two methods would differ."""

METHOD_OF_MEASURE = ("target", "invocation", "warmup_rounds")
"""Entries of `measure` that do so too."""

SEEN = ("kernel", "memory", "cgroup", "clock")
"""Facts of the machine that are marked where they differ; the processor is part of its id."""

PASSING = ("clock_resolution", "environment_size", "smallest_step", "path", "environment")
"""Facts that differ from start to start, or that tell only where something lies."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What differs between two runs: `method` forbids verdicts, the others are marks.

    `interpreters` maps a Python to what of its build, image or limits is another.
    """

    method: tuple[str, ...]
    surroundings: tuple[str, ...]
    interpreters: Mapping[str, str]


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
    around = {what for one, other in pairs for what in _surroundings(one, other)}
    return Likeness(tuple(sorted(method)), tuple(sorted(around)), _interpreters(pairs))


def _machines(runs: Sequence[Run]) -> set[str]:
    return {str(run["machine"]) for run in runs if run.get("machine")}


def _method(one: Run, other: Run) -> list[str]:
    found = [name for name in METHOD if one.get(name) != other.get(name)]
    before, after = _section(one, "measure"), _section(other, "measure")
    return found + [f"measure.{n}" for n in METHOD_OF_MEASURE if before.get(n) != after.get(n)]


def _surroundings(one: Run, other: Run) -> list[str]:
    before, after = _section(one, "machine_facts"), _section(other, "machine_facts")
    found = [
        f"{subject}.{name}"
        for subject in SEEN
        for name in _differing(_section(before, subject), _section(after, subject))
    ]
    return found + ["executor"] * (one.get("executor") != other.get("executor"))


def _interpreters(pairs: Sequence[tuple[Run, Run]]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        for part in ("interpreters", "places"):
            before, after = _section(one, part), _section(other, part)
            for python in before.keys() & after.keys():
                names = _differing(_section(before, python), _section(after, python))
                found.setdefault(str(python), set()).update(names)
    return {python: ", ".join(sorted(names)) for python, names in sorted(found.items()) if names}


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    names = sorted((one.keys() | other.keys()) - set(PASSING))
    return [name for name in names if one.get(name) != other.get(name)]


def _section(of: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = of.get(name)
    return value if isinstance(value, Mapping) else {}
