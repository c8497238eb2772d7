"""The lock that keeps two measuring runs off one machine."""

import getpass
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import filelock

from runner.errors import EnvironmentLacksError

# Every user's runs must meet at the same file: TMPDIR and the folders below a home would part them.
_PLACES = (Path("/run/lock"), Path("/var/lock"), Path("/tmp"))
_NAME = "ipcmatrix.lock"


def lock_path() -> Path:
    """Return the lock's file: one for the whole machine, whoever runs."""
    for place in _PLACES:
        if place.is_dir() and os.access(place, os.W_OK):
            return place / _NAME
    return Path(tempfile.gettempdir()) / _NAME


@contextmanager
def machine_lock(path: Path | None = None) -> Iterator[None]:
    """Hold the machine for one measuring run; EnvironmentLacksError names the run that has it."""
    path = path or lock_path()
    lock = filelock.FileLock(path, timeout=0, mode=0o666, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise EnvironmentLacksError(_held(path)) from None
    except OSError as error:
        raise EnvironmentLacksError(_unusable(path, error)) from error
    try:
        _sign(_holder(path))
        yield
    finally:
        _unsign(_holder(path))
        lock.release()


def _holder(path: Path) -> Path:
    # Beside the lock, not in it: some versions of filelock empty the file when they try for it.
    return path.with_name(path.name + ".holder")


def _sign(holder: Path) -> None:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    signature = {"pid": os.getpid(), "started": started, "user": _user()}
    with suppress(OSError):  # it only serves the message of the run that must wait
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        holder.unlink(missing_ok=True)
        with os.fdopen(os.open(holder, flags, 0o644), "w", encoding="utf-8") as file:
            json.dump(signature, file)


def _unsign(holder: Path) -> None:
    with suppress(OSError):
        holder.unlink(missing_ok=True)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's uid without an entry in passwd
        return str(os.getuid())


def _held(path: Path) -> str:
    try:
        holder = json.loads(_holder(path).read_text(encoding="utf-8"))
        who = "pid {pid}, user {user}, since {started}".format_map(holder)
    except (OSError, ValueError, KeyError, TypeError):
        who = "its pid could not be read"
    return (
        f"another run of ipcmatrix measures on this machine ({who}; lock {path}): "
        "two at once would disturb each other; wait for it, or end it"
    )


def _unusable(path: Path, error: OSError) -> str:
    return (
        f"the machine's lock {path} cannot be taken ({error.strerror or error}): "
        "remove the file if no run of ipcmatrix is under way, and try again"
    )
