"""What an interpreter is asked, in words that every one from 2.7 on understands."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from runner import process

TIMEOUT = 20.0
"""Seconds; a cold interpreter on a busy machine takes one or two, a wrapper with a network more."""

SCRIPT = """
import os, platform, sysconfig

def there(name):
    try:
        return bool(__import__(name))
    except Exception:
        return False

def installed(name):
    try:
        import importlib.util
        return importlib.util.find_spec(name) is not None
    except Exception:
        pass
    try:
        import pkgutil
        return pkgutil.find_loader(name) is not None
    except Exception:
        return False

lacks = [name for name in ("ctypes", "_multiprocessing", "faulthandler") if not there(name)]
if not hasattr(sys.modules.get("_multiprocessing"), "SemLock"):
    lacks.append("sem_open")
if not installed("numpy"):
    lacks.append("numpy")
base = getattr(sys, "base_prefix", getattr(sys, "real_prefix", sys.prefix))
answer = {
    "version": platform.python_version(),
    "numbers": list(sys.version_info[:3]),
    "final": sys.version_info[3] == "final",
    "implementation": platform.python_implementation(),
    "threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": hasattr(sys, "gettotalrefcount"),
    "virtual": base != sys.prefix,
    "base": getattr(sys, "_base_executable", None) or "",
    "same": [os.path.realpath(sys.executable or ""), sys.prefix, sys.version],
    "lacks": lacks,
}
"""
OLDEST = {2: (2, 7), 3: (3, 6)}
"""The oldest version of each major one that the harness is written for."""


class Told(NamedTuple):
    """What an interpreter said of itself; `order` sorts by version, the newest last.

    `same` is what tells it from another: its program, the place of its library, its build.
    """

    name: str
    version: str
    order: tuple[int, int, int, bool, str]
    implementation: str
    same: str
    virtual: bool
    base: str
    lacks: tuple[str, ...]


def ask(path: Path, timeout: float = TIMEOUT) -> Told | str:
    """Return what the interpreter at `path` says of itself, or the reason why it says nothing."""
    try:
        said = process.ask(path, SCRIPT, timeout)
    except process.UnansweredError as error:
        return str(error)
    try:
        return _told(said)
    except (ValueError, KeyError, TypeError) as error:
        return f"its answer is not that of a Python: {type(error).__name__}: {error}"


def _told(said: Mapping[str, Any]) -> Told | str:
    major, minor, micro = (int(number) for number in said["numbers"])
    version = str(said["version"])
    oldest = OLDEST.get(major, (major, 0))
    if (major, minor) < oldest:
        return f"Python {version} is older than what the harness is written for: 2.7, 3.6 and on"
    name = f"{_prefix(str(said['implementation']))}{major}.{minor}"
    return Told(
        name=name + "t" * bool(said["threaded"]) + "d" * bool(said["debug"]),
        version=version,
        order=(major, minor, micro, bool(said["final"]), _stage(version)),
        implementation=str(said["implementation"]),
        same=repr(said["same"]),
        virtual=bool(said["virtual"]),
        base=str(said["base"]),
        lacks=tuple(str(name) for name in said["lacks"]),
    )


def _prefix(implementation: str) -> str:
    lower = implementation.lower()
    return "" if lower == "cpython" else re.sub(r"[^a-z]", "", lower)


def _stage(version: str) -> str:
    """Return the text by which pre-releases of one version sort: a1 < a2 < b1 < rc1 < rc10."""
    found = re.search(r"(a|b|rc)(\d+)", version)
    return f"{found[1]}{int(found[2]):04}" if found else ""
