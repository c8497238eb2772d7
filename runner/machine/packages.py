"""Optional packages for the interpreters of this machine, in a cache folder.

An interpreter itself is never changed, nor its user's packages: each set of packages has a folder
of its own, named by a digest of the interpreter and of what was wanted, and PYTHONPATH names it.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from runner.errors import EnvironmentLacksError
from runner.files import read
from runner.model import Interpreter
from runner.process import HeldFolder, environment_for_tools, run, sweep, tilde, which

PATIENCE = 600.0
"""Seconds for one package, which may have to be compiled."""
QUIET = ("--quiet", "--no-input", "--disable-pip-version-check")
RECORD = "packages.json"
DIGITS = 12
ADVICE = "`ipcmatrix packages install` gets it"


class Installed(NamedTuple):
    """The folder for PYTHONPATH, what is in it by version, and why the rest is not."""

    folder: Path | None
    packages: Mapping[str, str]
    lacking: Mapping[str, str]


def cache() -> Path:
    """Return the folder of all sets; EnvironmentLacksError where there is no home for it."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        parent = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    except RuntimeError as error:
        message = "no folder for packages: there is no home; name one with XDG_CACHE_HOME"
        raise EnvironmentLacksError(message) from error
    return parent / "ipcmatrix" / "packages"


def installed(one: Interpreter, wanted: Mapping[str, str]) -> Installed:
    """Return what is there of the wanted packages of an interpreter; nothing is fetched."""
    missing = Installed(None, {}, dict.fromkeys(wanted, f"not installed; {ADVICE}"))
    if not wanted:
        return missing
    try:
        place = _place(one, wanted)
        record = json.loads(read(place / RECORD))
        packages = {name: wanted[name] for name in wanted if name in record["packages"]}
        lacking = {name: str(record["lacking"][name]) for name in wanted if name not in packages}
    except (OSError, ValueError, LookupError, TypeError, EnvironmentLacksError):
        return missing
    return Installed(place / "site", packages, lacking)


def install(
    one: Interpreter, wanted: Mapping[str, str], say: Callable[[str], None] = lambda _: None
) -> Installed:
    """Install what can be had of the wanted packages with the interpreter's own pip, or with uv.

    What is complete is left as it is; what could not be had is tried again. What an install that
    was killed has left is removed. EnvironmentLacksError where no folder can be made.
    """
    before = installed(one, wanted)
    if not wanted or (before.folder and not before.lacking):
        return before
    place = _place(one, wanted)
    packages, lacking = dict[str, str](), dict[str, str]()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep([place.parent])
        held = HeldFolder(parent=place.parent)
    except OSError as error:
        where = f"{tilde(str(place.parent))} cannot be used ({error.strerror})"
        message = f"no folder for packages: {where}; name one with XDG_CACHE_HOME"
        raise EnvironmentLacksError(message) from error
    with held as folder:
        made = Path(folder) / "made"
        site = made / "site"
        site.mkdir(parents=True)
        tool = _tool(one)
        for name, version in wanted.items():
            say(f"python {one.name}: {name} {version}")
            reason = "it has no pip, and there is no uv" if not tool else ""
            if tool:
                command = [*tool, "--target", str(site), f"{name}=={version}"]
                done = run(command, timeout=PATIENCE, environment=environment_for_tools())
                reason = "" if done.ok else _reason(done.err or done.out, timed_out=done.timed_out)
            if reason:
                lacking[name] = reason
            else:
                packages[name] = version
        record = {"packages": packages, "lacking": lacking}
        (made / RECORD).write_text(json.dumps(record), "utf-8")
        if place.exists():  # an older one, which lacks something
            place.rename(Path(folder) / "before")
        made.rename(place)
    return installed(one, wanted)


def _place(one: Interpreter, wanted: Mapping[str, str]) -> Path:
    identity = [one.path, one.version, one.implementation, sorted(wanted.items())]
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:DIGITS]
    return cache() / f"{one.name}-{digest}"


def _tool(one: Interpreter) -> list[str]:
    """Return the command that installs for an interpreter, [] where there is none."""
    isolated = ["-E", "-s"] if one.version.startswith("2.") else ["-I"]
    pip = [one.path, *isolated, "-m", "pip"]
    if run([*pip, "--version"], timeout=PATIENCE, environment=environment_for_tools()).ok:
        return [*pip, "install", *QUIET]
    uv = which("uv")
    return [uv, "pip", "install", "--quiet", "--python", one.path] if uv else []


def _reason(output: str, *, timed_out: bool) -> str:
    """Return the last error of what pip or uv has said, in one line."""
    if timed_out:
        return f"not installed within {PATIENCE:g} s"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["pip said nothing"])[-1].removeprefix("ERROR: ")[:300]
