"""Where interpreters may lie: the places of the library findpython, and some that it leaves out."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from findpython.providers import ALL_PROVIDERS

PROVIDERS = ("path", "pyenv", "uv", "asdf", "rye", "macos")
"""findpython's, in the order in which they win: what the user would get by typing comes first."""
LABELS = {"path": "PATH"}
EXECUTABLE = re.compile(r"(python|pypy|graalpy)(\d+(\.\d+)?)?[a-z]?$")
"""Names of interpreters, not of `python3-config` or `python3.11-gdb.py`."""
SHIMS = "shims"
"""Folder of pyenv and asdf whose entries choose an interpreter when they are run."""


class Candidate(NamedTuple):
    """A file that may be an interpreter: its path as found, and where it was found."""

    path: Path
    found: str


class Unsearched(NamedTuple):
    """A place that could not be looked through, with the reason."""

    found: str
    reason: str


def candidates(environment: Mapping[str, str]) -> Iterator[Candidate | Unsearched]:
    """Yield what may be an interpreter, in the order in which a tie is decided.

    findpython looks through PATH and its own variables in the process's environment;
    `environment` serves for the places that it does not know (mise, tool caches, system folders).
    """
    for name in PROVIDERS:
        yield from _provided(name)
    for label, pattern in _patterns(environment):
        for folder in sorted(Path("/").glob(pattern.lstrip("/"))):
            yield from _in_folder(folder, label)


def _provided(name: str) -> Iterator[Candidate | Unsearched]:
    label = LABELS.get(name, name)
    try:
        provider = ALL_PROVIDERS[name].create()
        if provider is None:
            return
        for python in provider.find_pythons():
            yield from _fit([Path(python.executable)], label)
    except OSError as error:
        yield Unsearched(label, f"{error.strerror}: {error.filename}")


def _in_folder(folder: Path, label: str) -> Iterator[Candidate | Unsearched]:
    try:
        yield from _fit(sorted(folder.iterdir()), label)
    except NotADirectoryError:
        return
    except OSError as error:
        yield Unsearched(label, f"{error.strerror}: {error.filename}")


def _fit(paths: Iterable[Path], label: str) -> Iterator[Candidate]:
    for path in paths:
        named = EXECUTABLE.fullmatch(path.name) and path.parent.name != SHIMS
        if named and path.is_file() and os.access(path, os.X_OK):
            yield Candidate(path, label)


def _patterns(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (label, pattern of folders) for the places that findpython does not look into."""
    home = environment.get("HOME", "")
    data = environment.get("XDG_DATA_HOME") or f"{home}/.local/share"
    mise = environment.get("MISE_DATA_DIR") or f"{data}/mise"
    yield "mise", f"{mise}/installs/python/*/bin"
    cache = environment.get("RUNNER_TOOL_CACHE")
    if cache:
        yield "tool cache", f"{cache}/Python/*/*/bin"
        yield "tool cache", f"{cache}/PyPy/*/*/bin"
    for folder in ("/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin", "/opt/local/bin"):
        yield "system", folder
    yield "system", "/opt/python/*/bin"
    yield "system", "/opt/homebrew/opt/python@*/bin"
