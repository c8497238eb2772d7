"""Processes and all that they started."""

import glob
import os
import signal
import subprocess
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import psutil

PROC = Path("/proc")
CHILDREN = PROC / "thread-self" / "children"
"""A file that a kernel without CONFIG_PROC_CHILDREN does not have (proc(5))."""
PASSES = 40
"""How often a tree is looked through for processes that were forked while it was being killed."""
ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def descendants(*pids: int) -> frozenset[int]:
    """Return the living processes that `pids` started, directly or not, without themselves.

    Where no /proc is mounted none is seen.
    """
    # psutil remembers numbers; one that was reused would hide the process that has it now.
    psutil.process_iter.cache_clear()
    children = defaultdict(set)
    with suppress(OSError, IndexError):  # psutil takes it for granted that some process is listed
        for process in psutil.process_iter(["ppid", "status"]):
            if process.info["status"] not in ENDED:
                children[process.info["ppid"]].add(process.pid)
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        fresh = children[waiting.pop()] - found
        found |= fresh
        waiting.extend(fresh)
    return frozenset(found.difference(pids))


def cpu_seconds(*pids: int) -> float:
    """Return the CPU seconds of `pids`, of their descendants, and of children these have reaped."""
    total, known, waiting = 0.0, set[int](), list(pids)
    while waiting:
        pid = waiting.pop()
        if pid in known:
            continue
        known.add(pid)
        with suppress(psutil.Error):  # it has ended
            times = psutil.Process(pid).cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
        children = _children(pid)
        waiting.extend(descendants(pid) if children is None else children)
    return total


def _children(pid: int) -> list[int] | None:
    """Return the children of a process as the kernel lists them; None where it does not.

    Reading all of /proc takes ten milliseconds and more, and this is asked for around every round.
    """
    if not CHILDREN.exists():
        return None
    found: list[int] = []
    # Path.glob would raise where the process ends while its threads are listed.
    for path in glob.glob(f"{PROC}/{pid}/task/*/children"):  # noqa: PTH207
        with suppress(OSError):  # the thread has ended
            found.extend(map(int, Path(path).read_text().split()))
    return found


def marked(mark: str) -> frozenset[int]:
    """Return the living processes whose environment held the text `NAME=value…` at their start.

    Finds processes outside the family tree: a child of a process that has ended is init's child.
    A process that changed its user, or a system without /proc, is not seen.
    """
    found = set()
    for path in map(Path, glob.glob(f"{PROC}/[0-9]*/environ")):  # noqa: PTH207
        with suppress(OSError):  # psutil's environ() ends at the first empty entry
            entries = path.read_bytes().split(b"\0")
            if any(entry.startswith(mark.encode()) for entry in entries):
                found.add(int(path.parent.name))
    return frozenset(found - {os.getpid()})


def kill_tree(pid: int, mark: str = "") -> None:
    """Kill a process, its group, its descendants and all that carry `mark`; return when all ended.

    The caller reaps `pid` afterwards, if it is its child: until then its number is not given to
    another process, so nothing else can be hit.
    """
    doomed = descendants(pid)
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid != os.getpgrp():
            os.killpg(pid, signal.SIGKILL)
    for attempt in range(PASSES):
        doomed |= descendants(pid) | {pid}
        if mark:
            doomed |= marked(mark)
        living = [one for one in doomed if _status(one) not in ENDED]
        if not living:
            return
        for one in living:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(one, signal.SIGKILL)
        time.sleep(0.002 * (attempt + 1))


def exited(process: subprocess.Popen[bytes]) -> bool:
    """Return whether a child of ours has ended, without reaping it."""
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def stopped(pid: int) -> bool:
    """Return whether a process is stopped by a signal."""
    return _status(pid) == psutil.STATUS_STOPPED


def _status(pid: int) -> str:
    try:
        return str(psutil.Process(pid).status())
    except psutil.NoSuchProcess:
        return psutil.STATUS_DEAD
