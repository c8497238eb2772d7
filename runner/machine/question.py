"""The question to an interpreter, in code that every one from 2.7 on runs."""

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


class SelfReport(NamedTuple):
    """What an interpreter said of itself; `order` sorts by version, the newest last.

    `same` identifies it: its program, the place of its library, its build.
    """

    name: str
    version: str
    order: tuple[int, int, int, bool, str]
    implementation: str
    same: str
    virtual: bool
    base: str
    lacks: tuple[str, ...]


def ask(path: Path, timeout: float = TIMEOUT) -> SelfReport | str:
    """Return what the interpreter at `path` says of itself, or the reason why it says nothing."""
    try:
        said: Mapping[str, Any] = process.ask(path, SCRIPT, timeout)
    except process.UnansweredError as error:
        return str(error)
    try:
        major, minor, micro = (int(number) for number in said["numbers"])
        version, implementation = str(said["version"]), str(said["implementation"])
        if (major, minor) < OLDEST.get(major, (major, 0)):
            what = "is older than what the harness is written for: 2.7, 3.6 and on"
            return f"Python {version} {what}"
        lower = implementation.lower()
        prefix = "" if lower == "cpython" else re.sub(r"[^a-z]", "", lower)
        build = "t" * bool(said["threaded"]) + "d" * bool(said["debug"])
        # By this pre-releases of one version sort: a1 < a2 < b1 < rc1 < rc10.
        stage = re.search(r"(a|b|rc)(\d+)", version)
        return SelfReport(
            name=f"{prefix}{major}.{minor}{build}",
            version=version,
            order=(
                major,
                minor,
                micro,
                bool(said["final"]),
                f"{stage[1]}{int(stage[2]):04}" if stage else "",
            ),
            implementation=implementation,
            same=repr(said["same"]),
            virtual=bool(said["virtual"]),
            base=str(said["base"]),
            lacks=tuple(str(name) for name in said["lacks"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        return f"its answer is not that of a Python: {type(error).__name__}: {error}"
