"""Files that a kill or a full disk leaves whole, with errors that say what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.errors import EnvironmentLacksError


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in the place of `path` at once: a reader sees the old file or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with complaint(path):
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def truncate(path: Path, size: int) -> None:
    """Cut `path` to `size` bytes, and return when the disk has it so."""
    with path.open("r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())


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
