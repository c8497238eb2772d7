"""The labels of all that we make in an engine, and whether its owner is still alive."""

import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

KIND: Final = "ipcmatrix.kind"
"""The label that all of ours carries: `base`, `image` or `container`."""
RUN: Final = "ipcmatrix.run"
MACHINE: Final = "ipcmatrix.machine"
BOOT: Final = "ipcmatrix.boot"
PID_SPACE: Final = "ipcmatrix.pid_space"
PID: Final = "ipcmatrix.pid"
PID_STARTED: Final = "ipcmatrix.pid_started"
STARTED: Final = "ipcmatrix.started"


def owner_labels() -> dict[str, str]:
    """Return the labels by which a later sweep tells whether this process is still alive."""
    return {
        MACHINE: _machine(),
        BOOT: _boot(),
        PID_SPACE: _pid_space(),
        PID: str(os.getpid()),
        PID_STARTED: _started(os.getpid()) or "",
        STARTED: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def owner_is_dead(labels: Mapping[str, str], running: bool) -> bool:
    """Return whether a container's owner has surely ended; in doubt it has not.

    A process of another machine, or of another container's process numbers, cannot be seen from
    here. After a reboot nothing runs any more: what does run belongs to a namesake elsewhere.
    """
    if labels.get(MACHINE) != _machine() or not labels.get(PID, "").isdigit():
        return False
    if labels.get(BOOT) != _boot():
        return not running
    if labels.get(PID_SPACE) != _pid_space():
        return False
    started = _started(int(labels[PID]))
    return started is None or started != labels.get(PID_STARTED, "")


def _machine() -> str:
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip() or platform.node()
    except OSError:
        return platform.node()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _pid_space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int) -> str | None:
    """Return when a process began, in the kernel's ticks; None: it has ended, "": not known."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            state, *fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if state in "ZX" else fields[18]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""
