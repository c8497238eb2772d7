"""Optional packages of an interpreter: wheels that pip chooses for another Python than its own."""

import sys
from collections.abc import Mapping
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from docker.types import LogConfig

from runner.engine import KIND, Attached, Client, owner_labels
from runner.images.base import Base, NotHadError, Workshop
from runner.process import (
    FLAGS,
    HeldFolder,
    UnansweredError,
    answer_in,
    clean_environment,
    environment_for_tools,
    fresh_mark,
    question,
    run,
)

ASK = """
import ctypes, platform, sysconfig
glibc = ctypes.CDLL(None).gnu_get_libc_version
glibc.restype = ctypes.c_char_p
pypy = platform.python_implementation() == "PyPy"
digits = "%d%d" % sys.version_info[:2]
unicode = "mu" if sys.maxunicode > 0xffff else "m"
flags = unicode if sys.version_info[0] == 2 else getattr(sys, "abiflags", "")
soabi = str(sysconfig.get_config_var("SOABI")).split("-")
answer = {
    "version": "%d.%d" % sys.version_info[:2],
    "implementation": "pp" if pypy else "cp",
    "abi": "_".join(soabi[:2]) if pypy else "cp" + digits + flags,
    "glibc": glibc().decode("ascii"),
    "machine": platform.machine(),
}
"""
PIP = (sys.executable, "-I", "-m", "pip")
"""Without -I, -m would look for pip in the current folder first, and in PYTHONPATH."""
QUIET = ("--quiet", "--no-input", "--disable-pip-version-check")
OLDEST_GLIBC = 5
"""The minor version of the oldest glibc that wheels are made for (manylinux1: 2.5)."""
LEGACY = ("manylinux2014", "manylinux2010", "manylinux1", "linux")
PIP_PATIENCE = 300.0
SHOWN = 500


class Kind(NamedTuple):
    """What a wheel must fit: an interpreter and the C library below it."""

    version: str
    implementation: str
    abi: str
    glibc: str
    machine: str


class Fetched(NamedTuple):
    """The packages that are in the folder, by version, and the reasons for those that are not."""

    packages: Mapping[str, str]
    lacking: Mapping[str, str]


def fetch(
    base: Base, python: str, wanted: Mapping[str, str], folder: Path, workshop: Workshop
) -> Fetched:
    """Install those of the wanted packages that are available into a folder, one at a time.

    Raises NotHadError where there is no pip: such an image would be taken for one whose packages
    cannot be had.
    """
    if not wanted:
        return Fetched({}, {})
    if find_spec("pip") is None:
        message = (
            f"{', '.join(wanted)}: pip fetches packages, and is missing where ipcmatrix is "
            f"installed: install it there (`python -m ensurepip`, `uv pip install pip`)"
        )
        raise NotHadError(message)
    kind = ask(workshop.client, base)
    packages, lacking = {}, {}
    for name, version in wanted.items():
        workshop.say(python, "packages", f"{name} {version}")
        with HeldFolder() as wheels:
            # In two steps: only pip's `download` chooses what a dependency demands of Python for
            # the other Python; its `install` would ask for its own.
            reason = pip(download_command(kind, f"{name}=={version}", wheels))
            reason = reason or pip(install_command(kind, wheels, folder))
        if reason:
            lacking[name] = reason
        else:
            packages[name] = version
    return Fetched(packages, lacking)


def pip(command: list[str]) -> str:
    """Return "" where pip did what it was asked, or the reason why it did not."""
    done = run(command, timeout=PIP_PATIENCE, environment=environment_for_tools())
    return "" if done.ok else reason_in(done.err or done.out)


def download_command(kind: Kind, requirement: str, wheels: str) -> list[str]:
    """Return the command that fetches the wheels of a package for that kind of interpreter.

    Wheels only: anything else would need a compiler in the base.
    """
    return [*PIP, "download", *QUIET, *_target(kind), "--dest", wheels, requirement]


def install_command(kind: Kind, wheels: str, folder: Path) -> list[str]:
    """Return the command that unpacks every wheel of one folder into another."""
    found = sorted(str(wheel) for wheel in Path(wheels).glob("*.whl"))
    options = ("--no-deps", "--no-index", "--no-compile", "--ignore-requires-python")
    return [*PIP, "install", *QUIET, *options, *_target(kind), "--target", str(folder), *found]


def _target(kind: Kind) -> list[str]:
    return [
        *("--only-binary=:all:", "--python-version", kind.version),
        *("--implementation", kind.implementation, "--abi", kind.abi),
        *(part for name in platforms(kind) for part in ("--platform", name)),
    ]


def platforms(kind: Kind) -> list[str]:
    """Return the platform tags that run on that C library, the youngest first."""
    minor = int(kind.glibc.split(".")[1])
    modern = [f"manylinux_2_{number}" for number in range(minor, OLDEST_GLIBC - 1, -1)]
    return [f"{name}_{kind.machine}" for name in (*modern, *LEGACY)]


def ask(client: Client, base: Base) -> Kind:
    """Return what the interpreter of a base is, by its own answer; raise NotHadError."""
    mark = fresh_mark()
    container = client.containers.create(
        base.reference,
        entrypoint=[],
        command=[base.interpreter, *FLAGS, "-c", question(ASK, mark)],
        environment=clean_environment(),
        user="65534:65534",
        network_mode="none",
        labels={KIND: "container", **owner_labels()},
        log_config=LogConfig(type=LogConfig.types.NONE),
    )
    try:
        with closing(Attached(client, container)) as attached:
            container.start()
            written = b"".join(data for _, data in attached.frames())
        code = container.wait()["StatusCode"]
    finally:
        container.remove(force=True, v=True)
    try:
        answer: Mapping[str, Any] = answer_in(written, mark)
        return Kind(**answer)
    except (TypeError, UnansweredError) as error:
        shown = f"exit code {code}: {written.decode(errors='replace').strip()[-SHOWN:]}"
        message = f"{base.interpreter} of {base.reference} is not a usable interpreter: {shown}"
        raise NotHadError(message) from error


def reason_in(output: str) -> str:
    """Return the last error of what pip has said, in one line."""
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    lines = errors or output.strip().splitlines() or ["pip said nothing"]
    return lines[-1].removeprefix("ERROR: ")
