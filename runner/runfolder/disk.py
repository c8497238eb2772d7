"""Files that a kill or a full disk leaves whole, with errors that say what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from runner.errors import EnvironmentLacksError
from runner.files import Drafts, open_regular, put

CUT = "cut"
"""The folder of a run that holds what was cut from its files; no reader takes it for data."""


def write_whole(folder: Path, name: str, data: bytes) -> None:
    """Put a file of the run in its place at once: a reader sees the old file or the new one."""
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

    A file that was removed or moved can be written to as before, and nobody would find it.
    """
    ours = os.fstat(handle)
    try:
        there: os.stat_result | None = path.stat()
    except OSError:
        there = None
    if there is None or (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
        return f"{path}: {_whereabouts(handle, path, there is not None)}"
    if ours.st_size != size:
        return (
            f"{path}: something else changed the file while the run measured ({ours.st_size} "
            f"bytes, {size} expected); nothing was added since: look at it, then go on with "
            "--resume"
        )
    return ""


def _whereabouts(handle: int, path: Path, replaced: bool) -> str:
    try:
        now = Path(f"/proc/self/fd/{handle}").readlink()
    except OSError:  # no such list on this system
        now = path
    if now != path and now.exists():
        return (
            f"was moved while the run measured, with all that was measured, to {now}; nothing "
            f"was added since: go on with --resume {now.parent.parent}"
        )
    if replaced:
        return (
            "was replaced by another file while the run measured; nothing was added since: look "
            "at it, then go on with --resume"
        )
    return "was removed while the run measured: begin a new run"


@contextmanager
def complaint(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into an EnvironmentLacksError that says what to do."""
    try:
        yield
    except OSError as error:
        message = (
            f"{error.filename or path}: {error.strerror or error}: make room, or permit writing "
            "there; --resume goes on from what was measured before, which is safe"
        )
        raise EnvironmentLacksError(message) from error
