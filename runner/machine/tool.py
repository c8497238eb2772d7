"""What measures: this program's version, where it comes from, its Python and its libraries."""

import platform
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

import runner
from runner.machine.reading import UNKNOWN
from runner.process import environment_for_tools, run

PROJECT = Path(runner.__file__).parent.parent
NOT_INSTALLED = "not installed"
GIT = 5.0
"""Seconds for git to look at the work tree."""


def tool() -> Mapping[str, Mapping[str, str]]:
    """Return `tool` (version, git commit, Python) and `packages` (name → version) of ourselves."""
    return {
        "tool": {
            "version": runner.__version__,
            "commit": commit(PROJECT),
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "build": " ".join(platform.python_build()),
            "compiler": platform.python_compiler(),
        },
        "packages": {name: _version(name) for name in _required()},
    }


def commit(folder: Path) -> str:
    """Return the checked-out commit, with `, changed` if the work tree differs from it.

    Where git does not say so, the commit ends with `, perhaps changed`.
    """
    if not (folder / ".git").exists():
        return "not a checkout"
    head = _git(folder, "rev-parse", "HEAD")
    if head == UNKNOWN:
        return UNKNOWN
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    if changes == UNKNOWN:
        return f"{head}, perhaps changed"
    return f"{head}, changed" if changes else head


def _git(folder: Path, *arguments: str) -> str:
    command = [
        "git",
        "--no-optional-locks",
        "-c",
        "core.fsmonitor=false",
        "-C",
        str(folder),
        *arguments,
    ]
    finished = run(command, timeout=GIT, environment=environment_for_tools())
    return finished.out.strip() if finished.ok else UNKNOWN


def _required() -> Iterator[str]:
    """Yield the names of the libraries that we need, as our own metadata list them."""
    try:
        wanted = metadata.requires("ipcmatrix") or []
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        try:
            project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
            wanted = [str(one) for one in project["project"]["dependencies"]]
        except (OSError, KeyError, tomllib.TOMLDecodeError):
            wanted = []
    for requirement in wanted:
        found = re.match(r"[A-Za-z0-9._-]+", requirement)
        optional = "extra ==" in requirement
        if found and not (optional and _version(found[0]) == NOT_INSTALLED):
            yield found[0]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return NOT_INSTALLED
