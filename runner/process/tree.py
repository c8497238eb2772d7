"""Processes and all that they started: found through /proc, or `ps` where there is none."""

import os
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from runner.process.environment import clean_environment

PROC = Path("/proc")
PASSES = 40
"""How often a tree is looked through for processes that were forked while it was being killed."""


def descendants(*pids: int) -> frozenset[int]:
    """Return the living processes that `pids` started, directly or not, without themselves."""
    children = defaultdict(set)
    for child, parent in _parents().items():
        children[parent].add(child)
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        fresh = children[waiting.pop()] - found
        found |= fresh
        waiting.extend(fresh)
    return frozenset(found.difference(pids))


def marked(mark: str) -> frozenset[int]:
    """Return the living processes whose environment held the text `NAME=value…` at their start.

    Finds what a broken family tree hides: a child of a process that has ended is init's child.
    A process that changed its user, or a system without /proc, is not seen.
    """
    found = set()
    for pid in _listed():
        try:
            environment = (PROC / str(pid) / "environ").read_bytes()
        except OSError:
            continue
        if any(entry.startswith(mark.encode()) for entry in environment.split(b"\0")):
            found.add(pid)
    return frozenset(found - {os.getpid()})


def kill_tree(pid: int, mark: str = "") -> None:
    """Kill a process, its group, its descendants and all that carry `mark`; return when all ended.

    The caller reaps `pid` afterwards, if it is its child: until then its number is not given to
    another process, so nothing else can be hit.
    """
    doomed = descendants(pid)
    _kill_group(pid)
    for attempt in range(PASSES):
        doomed |= descendants(pid) | {pid}
        if mark:
            doomed |= marked(mark)
        living = [one for one in doomed if _alive(one)]
        if not living:
            return
        for one in living:
            _kill(one)
        time.sleep(0.002 * (attempt + 1))


def exited(process: subprocess.Popen[bytes]) -> bool:
    """Return whether a child of ours has ended, without reaping it where the system allows that."""
    if process.returncode is not None:
        return True
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def stopped(pid: int) -> bool:
    """Return whether a process was stopped by a signal and stands still; False where not told."""
    stat = _stat(pid)
    return stat is not None and stat[0] == "T"


def _listed() -> Iterator[int]:
    if not PROC.is_dir():
        return
    for entry in os.listdir(PROC):  # noqa: PTH208 - no Path for each of hundreds of names
        if entry.isdigit():
            yield int(entry)


def _parents() -> dict[int, int]:
    """Map every living process to its parent."""
    if not PROC.is_dir():
        return _parents_by_ps()
    found = {}
    for pid in _listed():
        stat = _stat(pid)
        if stat is not None and stat[0] not in "ZX":
            found[pid] = int(stat[1])
    return found


def _parents_by_ps() -> dict[int, int]:
    table = subprocess.run(  # the caller is `run` itself at times: no detour over it
        ["ps", "-A", "-o", "pid=,ppid="],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=clean_environment(),
    )
    pairs = (line.split() for line in table.stdout.splitlines())
    return {int(pid): int(parent) for pid, parent in pairs}


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on; the name before may hold anything."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _alive(pid: int) -> bool:
    if not PROC.is_dir():
        return pid in _parents_by_ps()
    stat = _stat(pid)
    return stat is not None and stat[0] not in "ZX"


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid != os.getpgrp():
            os.killpg(pid, signal.SIGKILL)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
