"""Bases packed from interpreters of this machine, with the libraries that they link.

Nothing is fetched and no package manager is asked: what runs here runs there, on the same
libraries, at the same paths. The base holds no shell and no other program.
"""

import hashlib
import re
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from runner.images.base import BASES, Base, NotHadError, Workshop, base_of, take_in
from runner.images.recipe import DIGITS, fit_for_tag
from runner.process import UnansweredError, ask, environment_for_tools, run, tilde, which

ASK = """
import os, sysconfig
answer = {
    "program": os.path.realpath(sys.executable),
    "folders": sorted(set(os.path.realpath(sysconfig.get_path(name))
                          for name in ("stdlib", "platstdlib"))),
}
"""
LEFT_OUT = frozenset(
    {
        *("site-packages", "dist-packages"),
        *("test", "tests", "idle_test"),
        *("idlelib", "tkinter", "lib-tk", "turtledemo"),
        *("ensurepip", "lib2to3", "pydoc_data"),
    }
)
"""Folders of a standard library that no measurement imports, and what its user installed."""
OPENED_LATE = frozenset(
    {
        *("libgcc_s.so.1", "libnss_files.so.2"),  # to end a thread, to look a name up
        # What wheels may expect of every Linux system (PEP 599), the old parts of glibc included.
        *("libstdc++.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"),
        *("libresolv.so.2", "libnsl.so.1", "libz.so.1", "libexpat.so.1"),
    }
)
"""Libraries that are opened by name at run time, where this machine has them."""
LOCALES = (Path("/usr/lib/locale/C.utf8"), Path("/usr/lib/locale/C.UTF-8"))
"""The one locale that agents are started with, under its names in Debian and elsewhere."""
BYTECODE = frozenset({".pyc", ".pyo"})
LIBRARY_INDEX = Path("/etc/ld.so.cache")
LAYOUT = 4
"""Goes up when the archive of the same files changes, so that bases of before are not used."""
TIMEOUT = 60.0


class Installation(NamedTuple):
    """An interpreter's program, and the files of its standard library by their paths."""

    program: Path
    library: tuple[Path, ...]


def host_base(python: str, path: str, workshop: Workshop) -> Base:
    """Return the base of this machine's interpreter at `path`; raise NotHadError."""
    if not path:
        message = f"this machine has no {python}"
        raise NotHadError(message)
    interpreter = look_at(path)
    program = str(interpreter.program)
    reference = f"{BASES}:host-{fit_for_tag(python)}-{digest_of(interpreter)}"
    existing = workshop.existing_base(reference, "host", program)
    if existing is not None:
        return existing
    files = [interpreter.program, *interpreter.library]
    files += linked([path for path in files if _is_elf(path)])
    files += [path for place in LOCALES for path in sorted(place.rglob("*")) if path.is_file()]
    workshop.say(python, "base", f"packing {len(files)} files of {tilde(path)}")
    with tempfile.TemporaryFile(prefix="ipcmatrix-") as archive:
        write_archive(archive, files)
        take_in(archive, reference, workshop)
    return base_of(workshop.client, reference, "host", program)


def look_at(path: str) -> Installation:
    """Return what an interpreter says of its own files; raise NotHadError."""
    try:
        answer: Mapping[str, Any] = ask(path, ASK, TIMEOUT)
    except UnansweredError as error:
        message = f"{tilde(path)} is not a usable interpreter: {error}"
        raise NotHadError(message) from error
    program, folders = Path(answer["program"]), [Path(folder) for folder in answer["folders"]]
    return Installation(program, tuple(file for folder in folders for file in _library(folder)))


def libraries(listing: str) -> list[str]:
    """Return the paths of the libraries in ldd's output; raise NotHadError for one not found."""
    missing = re.findall(r"^\s*(\S+) => not found", listing, flags=re.MULTILINE)
    if missing:
        message = f"libraries that it links are not here: {', '.join(sorted(set(missing)))}"
        raise NotHadError(message)
    return re.findall(r"^\s*(?:\S+ => )?(/\S+) \(0x", listing, flags=re.MULTILINE)


def _library(folder: Path) -> Iterator[Path]:
    """Give the files of a standard library, with their bytecode."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in LEFT_OUT and not path.name.startswith("config-"):
                yield from _library(path)
        elif path.is_file() and path.suffix != ".a" and not path.name.startswith("_tkinter"):
            yield path


def _is_elf(path: Path) -> bool:
    if path.suffix in {".py", ".pyc", ".txt"}:
        return False
    with path.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def linked(compiled: Iterable[Path]) -> list[Path]:
    """Return the libraries of programs and extension modules, and those opened at run time.

    An extension that lacks a library here stays broken, and does not keep the others out.
    """
    tool = which("ldd")
    if tool is None:
        message = "ldd is missing here: it shows which libraries an interpreter links"
        raise NotHadError(message)

    def ldd(*files: Path) -> str:
        return run([tool, *files], timeout=TIMEOUT, environment=environment_for_tools()).out

    program, *extensions = compiled
    found = libraries(ldd(program))
    if extensions:
        whole = (line for line in ldd(*extensions).splitlines() if "not found" not in line)
        found += libraries("\n".join(whole))
    # Libraries that are opened by name are of the architecture of those that are linked.
    folders = {Path(path).parent.resolve() for path in found}
    index = which("ldconfig", "/sbin:/usr/sbin:/bin:/usr/bin")
    listing = run([index, "-p"], timeout=TIMEOUT).out if index else ""
    known = re.findall(r"^\s*(\S+) \([^)]*\) => (\S+)", listing, flags=re.MULTILINE)
    found += [
        path
        for name, path in known
        if name in OPENED_LATE and Path(path).parent.resolve() in folders
    ]
    return [Path(path) for path in dict.fromkeys(found)]


def digest_of(interpreter: Installation) -> str:
    """Return a digest of what is packed, by name, size and time: files are not read for it.

    The system's libraries are represented by the index that each installation renews.
    Bytecode is left out: the first import of a module writes some.
    """
    files = [interpreter.program, *interpreter.library, *filter(Path.exists, [LIBRARY_INDEX])]
    stats = [(path, path.stat()) for path in files if path.suffix not in BYTECODE]
    seen = [(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats]
    return hashlib.sha256(repr((LAYOUT, seen)).encode()).hexdigest()[:DIGITS]


def write_archive(out: IO[bytes], files: Iterable[Path]) -> None:
    """Write the files under their own paths, with their times: by these bytecode is current.

    What a path leads to is written as a plain file, whatever links lead there.
    """
    ordered = sorted(set(files))
    parents = {parent for path in ordered for parent in path.parents} - {Path("/")}
    folders = [*((str(parent), 0o755) for parent in sorted(parents)), ("/tmp", 0o1777)]
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, mode in folders:
            member = tarfile.TarInfo(name.lstrip("/"))
            member.type, member.mode = tarfile.DIRTYPE, mode
            archive.addfile(member)
        for path in ordered:
            stat = path.stat()
            member = tarfile.TarInfo(str(path).lstrip("/"))
            member.size, member.mtime = stat.st_size, int(stat.st_mtime)
            member.mode = 0o755 if stat.st_mode & 0o100 else 0o644
            with path.open("rb") as stream:
                archive.addfile(member, stream)
    out.seek(0)
