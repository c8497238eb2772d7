"""The files of a run folder: regular, not behind links, and never half-written after a kill."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import BinaryIO

from runner.errors import BadInputError, EnvironmentLacksError
from runner.files import Drafts, open_regular, put

TRIALS = "trials"
PACKED = (".gz", ".bz2", ".xz", ".zip", ".zst")
RESTORE = "restore the file from a copy of the run"
CARRIAGE_RETURN = (
    "the line ends with CR LF, the journal writes only LF: change the line ends back (git's "
    "core.autocrlf and some editors change them)"
)


def restore(path: Path, what: str, line: int = 0) -> BadInputError:
    """Return the error that says what is wrong with a file of a run, and to restore it."""
    where = f"{path}:{line}" if line else str(path)
    return BadInputError(f"{where}: {what}: {RESTORE}")


def opened(path: Path) -> BinaryIO:
    """Return a regular file, open for reading; BadInputError for anything that is none.

    A link may lead out of the run, a pipe would keep its reader waiting for ever, and a device has
    no end.
    """
    try:
        return os.fdopen(open_regular(path), "rb")
    except OSError as error:
        raise restore(path, error.strerror or "cannot be read") from error


def text_of(path: Path) -> str:
    """Return the text of a regular file in UTF-8; BadInputError says why there is none."""
    try:
        with opened(path) as file:
            return file.read().decode()
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from error
    except OSError as error:
        raise restore(path, error.strerror or "cannot be read") from error


def not_utf8(path: Path, error: UnicodeDecodeError) -> BadInputError:
    """Return the error with the line and byte at which a file is not UTF-8."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return restore(path, f"byte 0x{error.object[error.start]:02x} is not UTF-8", line)


def trials_files(folder: Path) -> list[Path]:
    """Return the trials files of a run, sorted.

    BadInputError where the folder of trials is gone, a file or a link, and for a file that is
    there only packed.
    """
    place = folder / TRIALS
    if place.is_symlink() or not place.is_dir():
        kind = "link" if place.is_symlink() else "file" if place.exists() else ""
        gone = "the folder of trials is gone"
        raise restore(place, f"is a {kind}, not the folder of trials" if kind else gone)
    found = sorted(place.glob("*.csv"))
    for path in sorted(place.iterdir()):
        if (
            path.suffix in PACKED
            and path.stem.endswith(".csv")
            and path.with_suffix("") not in found
        ):
            message = f"{path}: is packed and would not be read: unpack it to {path.stem}"
            raise BadInputError(message)
    return found


PARTS = "parts"
"""The folder of a run beyond one machine: in it, what each machine measured, as a run folder."""


def parts_of(folder: Path) -> list[Path]:
    """Return the folders of a run's parts in the order of their names, or the run's own folder.

    BadInputError for a link among them, which may lead out of the run.
    """
    place = folder / PARTS
    if os.path.lexists(folder / "run.json") or not os.path.lexists(place):
        return [folder]
    found = [place, *sorted(place.iterdir())] if place.is_dir() else [place]
    for path in found:
        if path.is_symlink() or not path.is_dir():
            raise restore(path, "is not a folder of parts" if path == place else "is not a part")
    if not found[1:]:
        message = f"{place}: holds no part: nothing was measured"
        raise BadInputError(message)
    return found[1:]


CUT = "cut"
"""The folder of a run that holds what was cut from its files; no reader treats it as data."""


def write_whole(folder: Path, name: str, data: bytes) -> None:
    """Replace a file of the run atomically: a reader sees the old file or the new one."""
    with complaint(folder / name):
        put(folder / name, data, below=folder)


def set_aside(folder: Path, path: Path, start: int) -> Path:
    """Move what `path` has from the byte `start` on into a file of its own in `folder`/cut.

    The copy is on the disk before anything is cut, and takes no other file's place. Returns it.
    """
    with complaint(path), os.fdopen(open_regular(path, folder, os.O_RDWR), "r+b") as file:
        file.seek(start)
        with Drafts(folder, durable=True) as drafts:
            taken = drafts.names(CUT)
            names = (f"{path.stem}-{number}.part" for number in count(1))
            name = next(one for one in names if one not in taken)
            copy = drafts.write(f"{CUT}/{name}", file.read())
        file.truncate(start)
        os.fsync(file.fileno())
    return copy


def ground_lost(handle: int, path: Path, size: int) -> str:
    """Return why the open file `handle` is no longer `path` with `size` bytes, "" where it is.

    A removed or moved file can still be written to, but nobody would find the data.
    """
    ours = os.fstat(handle)
    try:
        there: os.stat_result | None = path.stat()
    except OSError:
        there = None
    if there is not None and (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
        if ours.st_size == size:
            return ""
        return (
            f"{path}: something else changed the file while the run measured ({ours.st_size} "
            f"bytes, {size} expected); nothing was added since: look at it, then continue with "
            "--resume"
        )
    try:
        now = Path(f"/proc/self/fd/{handle}").readlink()
    except OSError:  # this system has no such list
        now = path
    if now != path and now.exists():
        return (
            f"{path}: was moved while the run measured, with all that was measured, to {now}; "
            f"nothing was added since: continue with --resume {now.parent.parent}"
        )
    if there is not None:
        return (
            f"{path}: was replaced by another file while the run measured; nothing was added "
            "since: look at it, then continue with --resume"
        )
    return f"{path}: was removed while the run measured: begin a new run"


@contextmanager
def complaint(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into an EnvironmentLacksError that says what to do."""
    try:
        yield
    except OSError as error:
        message = (
            f"{error.filename or path}: {error.strerror or error}: make room, or permit writing "
            "there; --resume continues from the earlier measurements, which are safe"
        )
        raise EnvironmentLacksError(message) from error
