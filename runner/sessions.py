"""Which interpreters are worth a nox session: from the text of matrix.yaml, without libraries.

The noxfile imports this in nox's own environment, so it uses the standard library alone. What it
finds is a list of names for `nox -l`; the run itself discovers interpreters with all care.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.model import python_name, python_order

FOUND = "found"

_FLOW = re.compile(r"""(?:^|[\s{,])["']?python["']?:\s*\[([^\]]*)\]""", re.MULTILINE)
_LINES = re.compile(r"""^[ ]*["']?python["']?:[ ]*\n((?:[ ]*(?:-[ ]+[^\n]*)?\n)+)""", re.MULTILINE)
_COMMENT = re.compile(r"(^|\s)#.*$", re.MULTILINE)
_EXECUTABLE = re.compile(r"python((?:2\.7|3\.\d+)t?)|(pypy[23]\.\d+)")
_CPYTHON = re.compile(r"(?:cpython-)?([23]\.\d+)\.\d+(?:(?:a|b|rc)\d+)?(t|\+freethreaded)?(?:-.*)?")
_PYPY = re.compile(r"(pypy)-?([23]\.\d+)[-.].*")


def session_names(text: str, environ: Mapping[str, str]) -> list[str]:
    """Return the interpreters that a matrix.yaml names, `found` replaced by those that are seen.

    The text is searched for lists under a key `python`, wherever they stand; versions are text.
    """
    named = list(_named(text)) or [FOUND]
    seen = visible(environ) if FOUND in named else {}
    names = {name for one in named if (name := python_name(one))} | set(seen)
    return sorted(names, key=python_order)


def visible(environ: Mapping[str, str]) -> dict[str, Path]:
    """Return executables by name (3.12, 3.13t, pypy3.11) in version order, without running one.

    Looked at are the versions of pyenv, uv, asdf and mise, and then PATH; shims are passed over.
    """
    found: dict[str, Path] = {}
    for name, path in [*_managed(environ), *_on_path(environ)]:
        if _can_be_served(name):
            found.setdefault(name, path)
    return {name: found[name] for name in sorted(found, key=python_order)}


def _named(text: str) -> Iterator[str]:
    bare = _COMMENT.sub("", text) + "\n"
    for match in _FLOW.finditer(bare):
        yield from (word.strip().strip("\"'") for word in match[1].split(","))
    for match in _LINES.finditer(bare):
        lines = (line.strip() for line in match[1].splitlines())
        yield from (line[1:].strip().strip("\"'") for line in lines if line)


def _managed(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield the interpreters of version managers, the newest patch of each version first."""
    for folder in _version_folders(environ):
        for version in sorted(_folders(folder), key=_patch_order, reverse=True):
            name = _name_of(version.name)
            path = _executable_in(version)
            if name and path:
                yield name, path


def _version_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environ.get("HOME", "") or "~").expanduser()
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    yield Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    yield Path(environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    yield Path(environ.get("ASDF_DATA_DIR") or home / ".asdf") / "installs" / "python"
    yield Path(environ.get("MISE_DATA_DIR") or data / "mise") / "installs" / "python"


def _folders(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        return []


def _patch_order(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.name)]


def _name_of(folder: str) -> str:
    """Return the name of a version manager's folder: 3.11.7 is 3.11."""
    cpython, pypy = _CPYTHON.fullmatch(folder), _PYPY.fullmatch(folder)
    if cpython:
        return cpython[1] + ("t" if cpython[2] else "")
    return f"pypy{pypy[2]}" if pypy else ""


def _executable_in(version: Path) -> Path | None:
    candidates = (version / "bin" / name for name in ("python", "python3", "pypy", "pypy3"))
    return next((path for path in candidates if os.access(path, os.X_OK)), None)


def _on_path(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    for folder in map(Path, environ.get("PATH", "").split(os.pathsep)):
        if folder.name == "shims":
            continue
        for name, path in _listed(folder):
            if os.access(path, os.X_OK) and path.is_file():
                yield name, path


def _listed(folder: Path) -> list[tuple[str, Path]]:
    try:
        paths = sorted(folder.iterdir()) if folder.is_absolute() else []
    except OSError:
        return []
    matches = [(match, path) for path in paths if (match := _EXECUTABLE.fullmatch(path.name))]
    return [(match[1] or match[2], path) for match, path in matches]


def _can_be_served(name: str) -> bool:
    """Return whether the harness is written for it: 2.7 and every 3.x from 3.6 on."""
    return name.endswith("2.7") or python_order(name)[1:3] >= (3, 6)
