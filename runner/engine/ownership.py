"""The labels of all that we make in an engine, and whether its owner is still alive.

An owner holds a folder (process/held.py); its labels name the folder, and the place that it is
in by its inode and the start of the kernel. Who sees that place sees whether the owner lives: in
another container, too, whatever its process numbers. Others cannot know.
"""

import os
import platform
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from runner import process
from runner.process import HeldFolder

KIND: Final = "ipcmatrix.kind"
"""The label that all of ours carries: `base`, `image` or `container`."""
RUN: Final = "ipcmatrix.run"
OWNER: Final = "ipcmatrix.owner"
"""The name of the folder that the owner holds."""
PLACE: Final = "ipcmatrix.place"
"""Where that is: start of the kernel, device and inode of the folder above."""
HOST: Final = "ipcmatrix.host"
PID: Final = "ipcmatrix.pid"
STARTED: Final = "ipcmatrix.started"

UNSEEN_WITHIN: Final = 3600.0
"""Seconds after which a container that has ended counts as abandoned if its owner is invisible."""

_held: dict[int, tuple[HeldFolder, str]] = {}
"""Our own folder and its place, by our pid: a fork is another owner."""
_holding = threading.Lock()  # containers are made by several threads at once


def owner_labels() -> dict[str, str]:
    """Return the labels by which a sweep sees whether this process is still alive."""
    with _holding:
        if os.getpid() not in _held:
            _held[os.getpid()] = _hold()
        folder, place = _held[os.getpid()]
    return {
        OWNER: folder.path.name,
        PLACE: place,
        HOST: platform.node(),  # these three are for people
        PID: str(os.getpid()),
        STARTED: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _hold() -> tuple[HeldFolder, str]:
    """Hold a folder in the first place that others see and that takes one; return it and its place.

    Where there is none nobody finds it: its containers stay in doubt.
    """
    for parent in process.SHARED:
        with suppress(OSError):  # not ours to write in, or full
            if place := _identity(parent):
                return process.hold_until_exit("owner", parent), place
    return process.hold_until_exit("owner"), ""


def owner_lives(labels: Mapping[str, str]) -> bool | None:
    """Return whether a container's owner is alive; None where that cannot be seen from here."""
    name, place = labels.get(OWNER, ""), labels.get(PLACE, "")
    seen = {identity: path for path in process.SHARED if (identity := _identity(path))}
    if place not in seen or not process.OURS.fullmatch(name):
        return None
    return process.is_held(seen[place] / name)


def is_given_up(state: Mapping[str, object], created: str, now: float) -> bool:
    """Return whether a container of an unseen owner has long ended, or was never started.

    `state` and `created` are the engine's, `now` its time in seconds. A running container is
    never given up: it ends by itself when its owner does.
    """
    if state.get("Status") == "created":
        moment = created
    elif state.get("Status") in ("exited", "dead"):
        moment = str(state.get("FinishedAt", ""))
    else:
        return False
    try:
        return now - engine_time(moment) > UNSEEN_WITHIN
    except ValueError:
        return False


def engine_time(text: str) -> float:
    """Return an engine's RFC 3339 time, of up to nine digits after the point, as seconds."""
    whole, point, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    zone = rest[len(digits) :]
    moment = datetime.fromisoformat(f"{whole}{zone}" if point else text)
    return moment.timestamp() + float(f"0.{digits or 0}")


def _identity(folder: Path) -> str:
    """Return what names a folder for all who see it, until the kernel restarts; "": nothing."""
    try:
        started = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        found = folder.stat()
    except OSError:
        return ""
    return f"{started}:{found.st_dev}:{found.st_ino}"
