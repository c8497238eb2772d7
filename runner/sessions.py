"""Which interpreters are worth a nox session: read from matrix.yaml and seen on this machine.

Nothing is started: the names come from those of the programs. The run itself asks them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import yaml

from runner.machine.candidates import Candidate, candidates
from runner.model import FOUND, IN_CONTAINERS, NEWEST, OLDEST, python_name, python_order


def session_names(text: str) -> dict[str, bool]:
    """Return the interpreters that a matrix.yaml names, and whether each is seen here.

    `found` means those that are seen, and those of which images can be made. A text that is
    not YAML means `found`: `ipcmatrix check` says what is wrong with it.
    """
    try:
        tree = yaml.load(text, yaml.BaseLoader)  # makes texts only
    except yaml.YAMLError:
        tree = {}
    named = set(_named(tree)) or {FOUND}
    seen = visible()
    names = {name for name in map(python_name, named) if name}
    if named & {FOUND, OLDEST, NEWEST}:
        names |= {*seen, *IN_CONTAINERS}
    return {name: name in seen for name in sorted(names, key=python_order)}


def visible() -> dict[str, Path]:
    """Return programs by name (3.12, 3.13t, pypy3.11) in order of version, without running one.

    Only those for which the harness is written: 2.7, and 3.6 on.
    """
    found: dict[str, Path] = {}
    for place in candidates(os.environ):
        name = python_name(place.path.name) if isinstance(place, Candidate) else ""
        if name and isinstance(place, Candidate):
            found.setdefault(name, place.path)
    served = [one for one in found if one.endswith("2.7") or python_order(one)[1:3] >= (3, 6)]
    return {name: found[name] for name in sorted(served, key=python_order)}


def _named(tree: object) -> Iterator[str]:
    """Yield the values of keys `python`, wherever they are."""
    if isinstance(tree, list):
        for one in tree:
            yield from _named(one)
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "python" and not isinstance(value, dict):
                values = value if isinstance(value, list) else [value]
                yield from (one for one in values if isinstance(one, str))
            else:
                yield from _named(value)
