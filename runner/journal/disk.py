"""Files that a kill or a full disk leaves whole, with errors that say what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.errors import EnvironmentLacksError
from runner.files import open_regular, put


def write_whole(folder: Path, name: str, data: bytes) -> None:
    """Put a file of the run in its place at once: a reader sees the old file or the new one."""
    with complaint(folder / name):
        put(folder / name, data, below=folder)


def truncate(path: Path, size: int) -> None:
    """Cut `path` to `size` bytes, and return when the disk has it so."""
    with os.fdopen(open_regular(path, flags=os.O_RDWR), "r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())


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
