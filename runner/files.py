"""The one writer of our files, and the one way to open files that others may have left.

A folder that a user names is followed, links and all; nothing below it is. A folder from elsewhere
may hold links, pipes and devices, and none of them is written through, read or waited for.
"""

import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from types import TracebackType
from typing import BinaryIO, Self

_DRAFT = re.compile(r"\.ipcmatrix-[0-9a-f]{16}\.draft")
_KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a directory",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Drafts:
    """Files below one folder that are put in place together, or not at all.

    Each is written to a draft in the folder where it belongs; at the end of the `with` all drafts
    are renamed, which replaces a file's name and keeps its other names (hard links). After
    an exception the earlier files are as they were, and no draft is left. `durable`: the disk has
    them when this returns. OSError names the file that cannot be written, or the link, pipe, device
    or folder that takes its place.
    """

    def __init__(self, below: Path, *, durable: bool = False) -> None:
        self._below = below
        self._durable = durable
        self._folders: dict[PurePath, int] = {}
        self._drafts: dict[PurePath, tuple[int, str]] = {}
        self._made: list[tuple[int, str]] = []

    def __enter__(self) -> Self:
        """Make the folder, if it is not there."""
        with _naming(self._below):
            self._below.mkdir(parents=True, exist_ok=True)
            self._folders[PurePath()] = os.open(self._below, _FOLDER)
        _sweep(self._folders[PurePath()])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the drafts in their places, or remove them."""
        try:
            if kind is None:
                for name in list(self._drafts):
                    self._place(name)
        finally:
            for folder, draft in self._drafts.values():
                with suppress(OSError):
                    os.unlink(draft, dir_fd=folder)
            for above, folder_name in reversed(self._made if kind else []):
                with suppress(OSError):  # it is not empty
                    os.rmdir(folder_name, dir_fd=above)
            for folder in self._folders.values():
                os.close(folder)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Yield the draft of a file, open for writing; `name` is its path below the folder."""
        place = PurePath(name)
        folder = self._folder(place.parent)
        with _naming(self._below / place), suppress(FileNotFoundError):
            _refuse_strange(place.name, folder, "a file")
        draft = f".ipcmatrix-{secrets.token_hex(8)}.draft"
        self._drafts[place] = folder, draft
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with _naming(self._below / place):
            handle = os.open(draft, flags, 0o666, dir_fd=folder)
            with os.fdopen(handle, "wb") as file:
                # Held while it is open, so that a sweep does not take it for a leftover.
                with suppress(OSError):  # some network file systems have no locks
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield file
                file.flush()
                if self._durable:
                    os.fsync(handle)

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a whole file; return the path that it will have."""
        with self.open(name) as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return self._below / name

    def remove(self, name: str) -> None:
        """Remove a file at once, where there is a regular one of that name."""
        place = PurePath(name)
        folder = self._folder(place.parent)
        with _naming(self._below / place), suppress(FileNotFoundError):
            if stat.S_ISREG(os.stat(place.name, dir_fd=folder, follow_symlinks=False).st_mode):
                os.unlink(place.name, dir_fd=folder)

    def names(self, name: str) -> list[str]:
        """Return the names in a folder below this one, sorted; it is made where it is not there."""
        with _naming(self._below / name):
            return sorted(os.listdir(self._folder(PurePath(name))))  # noqa: PTH208 - of a descriptor

    def _folder(self, name: PurePath) -> int:
        """Return a folder below this one, made where it is not there, and opened without links."""
        if name in self._folders:
            return self._folders[name]
        above = self._folder(name.parent)
        path = self._below / name
        with _naming(path):
            with suppress(FileExistsError):
                os.mkdir(name.name, dir_fd=above)
                self._made.append((above, name.name))
            folder = _open(name.name, _FOLDER, above)
        self._folders[name] = folder
        _sweep(folder)
        return folder

    def _place(self, name: PurePath) -> None:
        folder, draft = self._drafts[name]
        with _naming(self._below / name):
            os.rename(draft, name.name, src_dir_fd=folder, dst_dir_fd=folder)
            del self._drafts[name]
            if self._durable:
                os.fsync(folder)


def put(path: Path, content: str | bytes, below: Path | None = None) -> None:
    """Put a file in its place at once, and return when the disk has it; see Drafts.

    No folder between `below` (the file's own folder) and the file may be a link.
    """
    folder = below or path.parent
    with Drafts(folder, durable=True) as drafts:
        drafts.write(str(path.relative_to(folder)), content)


def open_regular(path: Path, below: Path | None = None, flags: int = os.O_RDONLY) -> int:
    """Return the descriptor of a regular file; OSError, which names what is in the way, otherwise.

    No folder between `below` (the file's own folder) and the file may be a link. It is looked at
    after it was opened, and opening waits for nobody: a pipe has no writer perhaps.
    """
    folder = below or path.parent
    *parents, name = path.relative_to(folder).parts
    at = folder
    with _naming(folder):
        above = os.open(folder, _FOLDER)
    try:
        for parent in parents:
            at /= parent
            with _naming(at):
                inner = _open(parent, _FOLDER, above)
            os.close(above)
            above = inner
        with _naming(path):
            handle = _open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC, above)
    finally:
        os.close(above)
    if not stat.S_ISREG(mode := os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, f"is {_kind(mode)}, not a file", str(path))
    return handle


def read(path: Path, below: Path | None = None) -> bytes:
    """Return the content of a regular file; see `open_regular`."""
    with os.fdopen(open_regular(path, below), "rb") as file, _naming(path):
        return file.read()


def _open(name: str, flags: int, above: int) -> int:
    """Open a file, or with O_DIRECTORY a folder, that is no link; devices are not even touched."""
    _refuse_strange(name, above, "a directory" if flags & os.O_DIRECTORY else "a file")
    return os.open(name, flags | os.O_NOFOLLOW, dir_fd=above)


def _refuse_strange(name: str, above: int, wanted: str) -> None:
    mode = os.stat(name, dir_fd=above, follow_symlinks=False).st_mode
    if (found := _kind(mode)) != wanted:
        raise OSError(errno.EINVAL, f"is {found}, not {wanted}")


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "a device")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Put the path that it is about into an OSError: it may name a draft, or nothing at all.

    A whole path is kept: that of a file, say, from which a draft was being filled.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error.filename, str) and "/" in error.filename:
            raise
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _sweep(folder: int) -> None:
    """Remove the drafts of a writer that was killed: regular files of that name without holder."""
    for name in filter(_DRAFT.fullmatch, os.listdir(folder)):
        with suppress(OSError):
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if stat.S_ISREG(os.fstat(handle).st_mode):
                    os.unlink(name, dir_fd=folder)
            finally:
                os.close(handle)
