"""What an interpreter is asked, in words that every one from 2.7 on understands."""

import json
import re
from pathlib import Path
from typing import NamedTuple

from runner.process import run, tilde

TIMEOUT = 4.0
"""Seconds; a cold interpreter on a busy machine takes one or two."""

SCRIPT = """
import json, platform, sys, sysconfig

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
print("\\n" + json.dumps({
    "version": platform.python_version(),
    "numbers": list(sys.version_info[:3]),
    "final": sys.version_info[3] == "final",
    "implementation": platform.python_implementation(),
    "threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": hasattr(sys, "gettotalrefcount"),
    "executable": sys.executable or "",
    "virtual": base != sys.prefix,
    "base": getattr(sys, "_base_executable", None) or "",
    "lacks": lacks,
}))
"""
OLDEST = {2: (2, 7), 3: (3, 6)}
"""The oldest version of each major one that the harness is written for."""


class Told(NamedTuple):
    """What an interpreter said of itself; `order` sorts by version, the newest last."""

    name: str
    version: str
    order: tuple[int, int, int, bool, str]
    implementation: str
    executable: str
    virtual: bool
    base: str
    lacks: tuple[str, ...]


def ask(path: Path, timeout: float = TIMEOUT) -> Told | str:
    """Return what the interpreter at `path` says of itself, or the reason why it says nothing."""
    finished = run([path, "-B", "-s", "-c", SCRIPT], timeout=timeout, cwd=Path("/"))
    if finished.timed_out:
        return f"it did not answer within {timeout:g} s"
    last = finished.out.strip().rpartition("\n")[2]
    if not finished.ok:
        said = finished.err.strip().rpartition("\n")[2][:300]
        return tilde(
            f"it ended with code {finished.code}: {said}"
            if said
            else f"it ended with code {finished.code} and said nothing"
        )
    try:
        return _told(json.loads(last))
    except (ValueError, KeyError, TypeError):
        return f"it answered what no Python answers: {tilde(last[:100])!r}"


def _told(said: object) -> Told | str:
    if not isinstance(said, dict):
        raise TypeError
    major, minor, micro = (int(number) for number in said["numbers"])
    version = str(said["version"])
    oldest = OLDEST.get(major, (major, 0))
    if (major, minor) < oldest:
        return f"Python {version} is older than what the harness is written for: 2.7, 3.6 and on"
    name = f"{_prefix(str(said['implementation']))}{major}.{minor}"
    return Told(
        name=name + "d" * bool(said["debug"]) + "t" * bool(said["threaded"]),
        version=version,
        order=(major, minor, micro, bool(said["final"]), _stage(version)),
        implementation=str(said["implementation"]),
        executable=str(said["executable"]),
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
