"""Where interpreters may be: the places of the library findpython, and some that it leaves out.

findpython gives only the places. The programs there are looked at here: it passes over in
silence what cannot be read or is not executable, and would start interpreters in its own way.
"""

import glob
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from findpython.providers import ALL_PROVIDERS

PROVIDERS = ("path", "pyenv", "uv", "asdf", "rye")
"""findpython's, in the order in which they win: what the user would get by typing comes first."""
LABELS = {"path": "PATH"}
EXECUTABLE = re.compile(
    r"(python|pypy|graalpy)"
    r"(\d+(\.\d+){0,2}([tdmu]{0,3}|-(dbg|debug|nogil|freethreading|intel64)))?"
)
"""Names of interpreters, not of `python3-config` or `python3.11-gdb.py`."""
SHIMS = "shims"
"""Folder of pyenv, asdf and mise whose entries choose an interpreter when they are run."""
BEHIND_SHIMS = ("versions/*/bin", "installs/python/*/bin")


class Candidate(NamedTuple):
    """A file that may be an interpreter: its path as found, and where it was found."""

    path: Path
    found: str


class Unusable(NamedTuple):
    """A file with an interpreter's name that cannot be started, with the reason."""

    path: Path
    found: str
    reason: str


class Unsearched(NamedTuple):
    """A place that could not be looked through, with the reason."""

    found: str
    reason: str


Place = Candidate | Unusable | Unsearched


def candidates(environment: Mapping[str, str]) -> Iterator[Place]:
    """Yield what may be an interpreter, in the order in which a tie is decided.

    findpython looks through PATH and its own variables in the process's environment;
    `environment` serves for the places that it does not know (mise, tool caches, system folders).
    """
    for name in PROVIDERS:
        yield from _provided(name)
    for label, pattern in _patterns(environment):
        for folder in _matching(Path("/"), pattern.lstrip("/")):
            yield from _in_folder(folder, label)


class _PlacesOnly:
    """Makes of one of findpython's providers one that names places, and looks into none."""

    @classmethod
    def find_pythons_from_path(cls, path: Path, as_interpreter: bool = False) -> list[Path]:
        del as_interpreter
        return [path]

    @staticmethod
    def version_maker(executable: Path, **_: object) -> Path:
        return executable.parent


def _provided(name: str) -> Iterator[Place]:
    label = LABELS.get(name, name)
    try:
        provider: Any = type(name, (_PlacesOnly, ALL_PROVIDERS[name]), {})
        places = provider.create()
        folders = [] if places is None else dict.fromkeys(places.find_pythons())
    except OSError as error:
        yield Unsearched(label, f"{error.strerror}: {error.filename}")
        return
    for folder in folders:
        if not folder.is_absolute():
            reason = f"a folder of {label} that depends on the current one: {folder}"
            yield Unsearched(label, reason)
        else:
            yield from _in_folder(folder, label)


def _in_folder(folder: Path, label: str) -> Iterator[Place]:
    if folder.name == SHIMS:
        installed = [one for pattern in BEHIND_SHIMS for one in _matching(folder.parent, pattern)]
        for one in installed:
            yield from _in_folder(one, folder.parent.name.lstrip("."))
        if installed:
            return
    try:
        paths = sorted(folder.iterdir(), key=lambda one: (-len(one.name), one.name))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield Unsearched(label, f"{error.strerror}: {error.filename}")
        return
    for path in paths:
        if EXECUTABLE.fullmatch(path.name):
            yield from _fit(path, label)


def _matching(folder: Path, pattern: str) -> list[Path]:
    """Return what fits below a folder, in order; Path.glob would raise where a disk has gone."""
    names = glob.glob(pattern, root_dir=folder)  # noqa: PTH207
    return sorted(folder / name for name in names)


def _fit(path: Path, label: str) -> Iterator[Place]:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        why = "it is a broken link" if path.is_symlink() else "it is gone"
        yield Unusable(path, label, why)
    except OSError as error:
        yield Unusable(path, label, f"{error.strerror}")
    else:
        if stat.S_ISDIR(mode):
            return  # a library's folder, as in /usr/lib/python3
        if not stat.S_ISREG(mode):
            yield Unusable(path, label, "it is not a file")
        elif not os.access(path, os.X_OK):
            yield Unusable(path, label, "it is not executable")
        else:
            yield Candidate(path, label)


def _patterns(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (label, pattern of folders) for the places that findpython does not look into."""
    home = environment.get("HOME", "")
    data = environment.get("XDG_DATA_HOME") or f"{home}/.local/share"
    mise = glob.escape(environment.get("MISE_DATA_DIR") or f"{data}/mise")
    yield "mise", f"{mise}/installs/python/*/bin"
    if cache := glob.escape(environment.get("RUNNER_TOOL_CACHE", "")):
        yield "tool cache", f"{cache}/Python/*/*/bin"
        yield "tool cache", f"{cache}/PyPy/*/*/bin"
    for folder in ("/usr/local/bin", "/usr/bin", "/bin", "/opt/local/bin"):
        yield "system", folder
    yield "system", "/opt/python/*/bin"
