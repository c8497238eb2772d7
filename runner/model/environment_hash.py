"""What trials are timed on: which facts belong to it, and its id."""

import hashlib
import json
from collections.abc import Mapping

Facts = Mapping[str, object]

SUBJECTS = ("cpu", "memory", "kernel", "ipc", "cgroup", "clock")
"""Facts of the machine that change timing (docs/method.md §10)."""

PASSING = (
    "clock_resolution",
    "cpu_stat",
    "engine_address",
    "engine_folder",
    "environment",
    "environment_size",
    "image_registry_digest",
    "mhz",
    "path",
    "smallest_step",
)
"""Facts that differ from start to start, or that are only paths."""

DIGITS = 12


def lasting(facts: Facts) -> Facts:
    """Return the facts but those that pass."""
    return {name: value for name, value in facts.items() if name not in PASSING}


def engine_of(run: Facts) -> Facts:
    """Return the facts of the container engine in a run.json; nothing if there was none."""
    found: dict[str, object] = {}
    for facts in mapping(run, "places").values():
        if isinstance(facts, Mapping):
            found.update((name, facts[name]) for name in facts if str(name).startswith("engine"))
    return lasting(found)


def environment_hash_of(run: Facts) -> str:
    """Return 12 hexadecimal digits for machine, kernel, limits, engine and executor of a run.json.

    Runs with the same id were timed on the same; ratios are compared over time only within one.
    Load, time and other passing facts are not part of it, nor are interpreters and images, of which
    each has its own facts: a run may measure more of them than another. "" where run.json holds
    no facts of the machine.
    """
    known = _environment(run)
    return _hash({"machine": run.get("machine"), **known}) if known else ""


def kind_of(run: Facts) -> str:
    """Return 12 hexadecimal digits for what machines of one kind have in common.

    That is the environment hash without the machine's own id, and the interpreters' ids. "" where
    run.json holds no facts of the machine.
    """
    known = _environment(run)
    interpreters = dict(mapping(run, "interpreter_ids"))
    return _hash({"interpreters": interpreters, **known}) if known else ""


def _environment(run: Facts) -> dict[str, object]:
    machine = mapping(run, "machine_facts")
    if not machine:
        return {}
    return {
        "executor": run.get("executor"),
        "engine": engine_of(run),
        **{subject: lasting(mapping(machine, subject)) for subject in SUBJECTS},
    }


def _hash(known: object) -> str:
    text = json.dumps(known, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def id_of_interpreter(run: Facts, python: str) -> str:
    """Return 12 hexadecimal digits for an interpreter's build, and its image and limits."""
    parts = [lasting(mapping(mapping(run, part), python)) for part in ("interpreters", "places")]
    return _hash(parts)


def mapping(of: Facts, name: str) -> Facts:
    """Return an entry of run.json that is a mapping, empty where it is none."""
    value = of.get(name)
    return value if isinstance(value, Mapping) else {}
