"""The lock that keeps two measuring runs off one machine."""

import errno
import getpass
import json
import os
import platform
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from runner import process
from runner.errors import EnvironmentLacksError

NAME = "ipcmatrix.lock"
NOT_HERE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT)
"""What says of a place that we may make no file in it."""
LONGEST = 1000
"""Bytes of a signature that are read."""


@contextmanager
def machine_lock(places: Sequence[Path] = process.SHARED) -> Iterator[None]:
    """Hold the machine for one measuring run; EnvironmentLacksError names the run that has it.

    The lock is taken in every place of these that is here: runs of other users, and of containers
    that share one of them with us, use that one. The kernel frees it when we end, however.
    """
    held: list[int] = []
    try:
        for place in places:
            path = place / NAME
            if any(process.is_at(number, path) for number in held):
                continue  # /var/lock is /run/lock
            number = _taken(path)
            if number is not None:
                held.append(number)
        if not held:  # no place of the machine's: at least our own runs share one
            number = _taken(Path(tempfile.gettempdir()) / NAME)
            held += [] if number is None else [number]
        for number in held:
            _sign(number)
        yield
        for number in held:
            with suppress(OSError):
                os.truncate(number, 0)
    finally:
        for number in held:
            os.close(number)


def _taken(path: Path) -> int | None:
    """Return the locked file; None where the place has none and we may make none."""
    while True:
        try:
            number = _opened(path)
        except OSError as error:
            if error.errno in NOT_HERE and not os.path.lexists(path):
                return None
            raise EnvironmentLacksError(_unusable(path, error.strerror or str(error))) from error
        if not stat.S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise EnvironmentLacksError(_unusable(path, "it is not a file"))
        if not process.lock(number):
            message = _held(path, number)
            os.close(number)
            raise EnvironmentLacksError(message)
        if process.is_at(number, path):
            return number
        os.close(number)  # it was removed while we took it: another is there, or none


def _opened(path: Path) -> int:
    """Open the lock's file, made where it is not there; never through a link.

    One that is there is opened without O_CREAT, which Linux refuses for another user's file in a
    folder such as /tmp. To lock it, it need not be ours to write.
    """
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    for way in (os.O_RDWR, os.O_RDONLY):
        with suppress(FileNotFoundError, PermissionError):
            return os.open(path, way | flags)
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | flags, 0o666)
    except FileExistsError:  # made since
        return os.open(path, os.O_RDONLY | flags)
    os.fchmod(number, 0o666)  # whatever the umask: every user's run may sign
    return number


def _sign(number: int) -> None:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's uid without an entry in passwd
        user = str(os.getuid())
    signature = {
        "pid": os.getpid(),
        "host": platform.node(),
        "user": user,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with suppress(OSError):  # it only serves the message of the run that must wait
        os.truncate(number, 0)
        os.pwrite(number, json.dumps(signature).encode(), 0)


def _held(path: Path, number: int) -> str:
    try:
        signed = json.loads(os.pread(number, LONGEST, 0))
        who = "pid {pid} on {host}, user {user}, since {started}".format_map(signed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        who = ""
    if not who.isprintable() or not who:  # anyone may write to it
        who = "its pid could not be read"
    return (
        f"another run of ipcmatrix measures on this machine ({who}; lock {path}): "
        "two at once would disturb each other; wait for it, or end it"
    )


def _unusable(path: Path, reason: str) -> str:
    there = "remove the file if no run of ipcmatrix is under way"
    advice = there if os.path.lexists(path) else "see that a file can be made there"
    return f"the machine's lock {path} cannot be taken ({reason}): {advice}, and try again"
