"""Bases made of Debian packages by mmdebstrap or debootstrap, piped into the engine."""

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from runner.images.base import (
    BASES,
    Base,
    NotHadError,
    Workshop,
    base_of,
    failure,
    take_in_output,
)
from runner.images.recipe import DIGITS, fit_for_tag
from runner.process import HeldFolder, environment_for_tools, run, which


class Suite(NamedTuple):
    """Where Debian has an interpreter: the suite, its package, and the path of the program."""

    name: str
    package: str
    interpreter: str


SUITES = {
    "2.7": Suite("bullseye", "python2.7", "/usr/bin/python2.7"),
    "3.9": Suite("bullseye", "python3.9", "/usr/bin/python3.9"),
    "3.11": Suite("bookworm", "python3.11", "/usr/bin/python3.11"),
    "3.13": Suite("trixie", "python3.13", "/usr/bin/python3.13"),
    "3.14": Suite("forky", "python3.14", "/usr/bin/python3.14"),
    "3.15": Suite("forky", "python3.15", "/usr/bin/python3.15"),
    "pypy2.7": Suite("bullseye", "pypy", "/usr/bin/pypy"),
    "pypy3.7": Suite("bullseye", "pypy3", "/usr/bin/pypy3"),
    "pypy3.9": Suite("bookworm", "pypy3", "/usr/bin/pypy3"),
    "pypy3.11": Suite("trixie", "pypy3", "/usr/bin/pypy3"),
}
COMPANIONS = ("base-files", "libc-bin", "libstdc++6")
"""The links of a merged /usr; the locale C.UTF-8; what wheels of optional packages link."""

LEFT_OUT = (
    "/usr/share/doc/*",
    "/usr/share/info/*",
    "/usr/share/lintian/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
    "/usr/share/perl/*",
    "/usr/lib/*/perl/*",
    "/usr/lib/*/perl-base/*",
    "/usr/lib/*/gconv/*",
)
COMPILE = (
    "import compileall, os; "
    "compileall.compile_dir(os.path.dirname(os.__file__), 20, None, False, None, 1)"
)
"""Unpacked packages have no bytecode: their own scripts, which would compile it, are not run."""

KEPT_SETTINGS = re.compile(r"Acquire::(?:Check-Valid-Until|Retries|https?\b|ftp\b).*[^:];")
SCRIPTS = Path("/usr/share/debootstrap/scripts")
TOOL_PATIENCE = 60.0
DEBOOTSTRAP_PATIENCE = 1800.0


def debian_base(python: str, workshop: Workshop) -> Base:
    """Return the base with Debian's own interpreter of that version; raise NotHadError."""
    suite = SUITES.get(python)
    if suite is None:
        message = f"Debian's suites have no {python}; they have {', '.join(SUITES)}"
        raise NotHadError(message)
    made_of = repr((suite, COMPANIONS, LEFT_OUT, COMPILE)).encode()
    digest = hashlib.sha256(made_of).hexdigest()[:DIGITS]
    reference = f"{BASES}:debian-{fit_for_tag(python)}-{digest}"
    existing = workshop.existing_base(reference, "debian", suite.interpreter)
    if existing is not None:
        return existing
    workshop.say(python, "base", f"{suite.package} of {suite.name}")
    mmdebstrap, debootstrap = which("mmdebstrap"), which("debootstrap")
    if mmdebstrap:
        command = mmdebstrap_command(mmdebstrap, suite, mirror(), apt_settings())
        take_in_output(command, reference, workshop)
    elif debootstrap:
        with HeldFolder() as folder:
            fill(debootstrap_command(debootstrap, suite, folder, mirror()))
            workshop.say(python, "base", "packing the system that debootstrap made")
            pack = [which("tar") or "/bin/tar", "-C", folder, "-c", "."]
            take_in_output(pack, reference, workshop)
    else:
        message = "neither mmdebstrap nor debootstrap is installed here; either is one package"
        raise NotHadError(message)
    return base_of(workshop.client, reference, "debian", suite.interpreter)


def mirror() -> str:
    """Return the Debian mirror of this machine's apt configuration, or "" where it has none."""
    listed = run(
        ["apt-get", "update", "--print-uris"],
        timeout=TOOL_PATIENCE,
        environment=environment_for_tools(),
    )
    return mirror_in(listed.out)


def mirror_in(listed: str) -> str:
    """Return the first archive of Debian's own name among the URIs that apt lists, or ""."""
    found = re.findall(r"^'(\S+/debian)/+dists/[^']+'", listed, flags=re.MULTILINE)
    return str(found[0]) if found else ""


def apt_settings() -> list[str]:
    """Return the machine's settings of how a mirror is reached, fit for an apt of our own.

    A machine behind a proxy, or with a frozen mirror, has its settings there.
    """
    dump = run(
        ["apt-config", "dump", "--no-empty"],
        timeout=TOOL_PATIENCE,
        environment=environment_for_tools(),
    )
    return settings_in(dump.out)


def settings_in(dump: str) -> list[str]:
    """Return those of apt's settings that concern how a mirror is reached and believed."""
    return [line.rstrip(";") for line in dump.splitlines() if KEPT_SETTINGS.fullmatch(line)]


def mmdebstrap_command(program: str, suite: Suite, mirror: str, settings: list[str]) -> list[str]:
    """Return the command that writes an archive of unpacked packages to its stdout.

    Without a mirror the tool uses its own.
    """
    compile_all = f'LC_ALL=C.UTF-8 chroot "$1" {suite.interpreter} -c "{COMPILE}" >&2'
    return [
        program,
        "--variant=extract",
        "--format=tar",
        f"--include={','.join((*COMPANIONS, suite.package))}",
        *(f"--aptopt={setting}" for setting in settings),
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        f"--extract-hook={compile_all}",
        suite.name,
        "-",
        *([mirror] if mirror else []),
    ]


def debootstrap_command(
    program: str, suite: Suite, folder: str, mirror: str, scripts: Path = SCRIPTS
) -> list[str]:
    """Return the command that fills a folder with a minimal system; it must run as root.

    A suite younger than the tool is installed by the script of `sid`.
    """
    known = (scripts / suite.name).exists() or not (scripts / "sid").exists()
    script = [] if known else [str(scripts / "sid")]
    return [
        program,
        "--variant=minbase",
        f"--include={','.join((*COMPANIONS, suite.package))}",
        suite.name,
        folder,
        *([mirror] if mirror or not script else [""]),
        *script,
    ]


def fill(command: list[str]) -> None:
    """Run debootstrap; raise NotHadError with the last lines that it wrote."""
    done = run(command, timeout=DEBOOTSTRAP_PATIENCE, environment=environment_for_tools())
    if not done.ok:
        lines = [*done.out.splitlines(), *done.err.splitlines()]
        raise NotHadError(failure("debootstrap", done.code, lines))
