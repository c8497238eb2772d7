"""Folders and files that a living process holds by a lock of the kernel's (docs/adr/0022).

A pid means nothing in another container or on another machine; a lock is seen by all who see
the file, and is free the moment its last holder has ended, however it ended. A folder is locked
itself: it may be empty.
"""

import atexit
import errno
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

PREFIX: Final = "ipcmatrix"
OURS: Final = re.compile(rf"{PREFIX}-(agent|owner|work)-[A-Za-z0-9_]{{6,8}}")
"""The names of held folders: `agent` is the harness's (harness/guard.py), the others are ours."""
SHARED: Final = (Path("/run/lock"), Path("/var/lock"), Path("/tmp"))
"""Shared by all users of a machine, and by containers that mount one of them."""
TEMPORARY: Final = (Path("/tmp"), Path("/var/tmp"), Path("/usr/tmp"))
"""Where agents, whose environment names no other place, make their folders."""
MOUNTS: Final = Path("/proc/self/mounts")


class Swept(NamedTuple):
    """What was removed, and what was left with the reason why."""

    removed: list[str]
    left: list[tuple[str, str]]


class HeldFolder:
    """A fresh temporary folder that is ours until this process ends, or until `remove`.

    It holds files of these names with these contents.
    """

    def __init__(
        self,
        kind: str = "work",
        parent: Path | None = None,
        contents: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{kind}-", dir=parent))
            with suppress(FileNotFoundError):  # a sweep was faster than we: it is gone
                self._number = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                if lock(self._number) and is_at(self._number, self.path):
                    break
                os.close(self._number)  # or about to go
        try:
            for name, content in contents.items():
                (self.path / name).write_bytes(content)
        except BaseException:
            self.remove()
            raise

    def __enter__(self) -> str:
        """Give the folder's path."""
        return str(self.path)

    def __exit__(self, *_: object) -> None:
        """Remove it with all that is in it."""
        self.remove()

    def remove(self) -> None:
        """Remove the folder with all that is in it, then let go of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._number)


def hold_until_exit(kind: str, parent: Path | None = None) -> HeldFolder:
    """Return a folder that is held, and is there, as long as this process is."""
    folder, owner = HeldFolder(kind, parent), os.getpid()
    atexit.register(lambda: folder.remove() if os.getpid() == owner else None)
    return folder


def lock(number: int) -> bool:
    """Lock what is open as `number` until it is closed; False where another process holds it.

    True also where the file system has no locks: then nobody can hold it, and sweeps leave it.
    """
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno != errno.EWOULDBLOCK
    return True


def is_at(number: int, path: Path) -> bool:
    """Return whether the file open as `number` is the one at `path` now."""
    try:
        return os.path.samestat(os.fstat(number), path.lstat())
    except OSError:
        return False


def is_held(folder: Path) -> bool:
    """Return whether a process may hold the folder: True if in doubt, False if it is gone."""
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(number)
    return False


def sweep(places: Iterable[str | Path] | None = None) -> Swept:
    """Remove the held folders whose process has ended from the places of temporary files.

    A folder that is held, another user's or a link is left, and so is every other name.
    """
    swept = Swept([], [])
    if places is None:
        places = [*TEMPORARY, *SHARED]
        with suppress(OSError):  # no place is writable
            places.append(tempfile.gettempdir())
    for place in dict.fromkeys(map(os.path.realpath, places)):
        try:
            names = sorted(filter(OURS.fullmatch, os.listdir(place)))  # noqa: PTH208
        except OSError:
            continue
        for name in names:
            path = Path(place, name)
            reason = _removed(path)
            if reason is None:
                continue
            if reason:
                swept.left.append((str(path), reason))
            else:
                swept.removed.append(str(path))
    return swept


def _removed(path: Path) -> str | None:
    """Remove a folder that nobody holds: "" then, or why it stays; None where it has gone."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"it cannot be opened as a folder: {error.strerror}"
    try:
        if os.fstat(number).st_uid != os.geteuid():
            return "it is another user's"
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not is_at(number, path):
            return None
        if _has_mounts(path):
            return "something is mounted in it"
        shutil.rmtree(path)
    except BlockingIOError:
        return "in use"
    except OSError as error:
        return f"it cannot be removed: {error.strerror}"
    finally:
        os.close(number)
    return ""


def _has_mounts(path: Path) -> bool:
    try:
        listed = MOUNTS.read_bytes()
    except OSError:
        return False
    # The kernel writes a space as \040: what is mounted in /tmp/a b would not be found.
    mounts = re.sub(rb"\\([0-3][0-7]{2})", lambda octal: bytes([int(octal[1], 8)]), listed)
    return b" %b/" % os.fsencode(path) in mounts
