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
