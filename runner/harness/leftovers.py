"""What a trial leaves behind it, for the author of a transport: files, shared memory, processes.

Python's own are not meant: semaphores, folders and trackers of multiprocessing go with the
invocation. Everything that is left goes with it as well; its author would not know of it.
"""

from __future__ import absolute_import

import os
import re
import tempfile
import time

import compat
import processes

FOLDERS = ("/dev/shm", "/dev/mqueue")

_PYTHONS = re.compile(r"sem\.|pymp-|[0-9]+-\w")


def seen():
    """Return the paths of all that stands where transports leave things."""
    found = set()
    for folder in FOLDERS + (tempfile.gettempdir(),):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        found.update(os.path.join(folder, name) for name in names if not _PYTHONS.match(name))
    return found


def since(before, wait):
    """Return in words what came and stays, [] for nothing; `before` is what `seen` returned.

    `wait` seconds are left to what goes by itself: processes that end, other programs' files.
    """
    deadline = compat.now() + wait
    left = _left(before)
    while left and compat.now() < deadline:
        time.sleep(0.02)
        left = _left(before)
    return left


def _left(before):
    found = []
    for path in sorted(seen() - before):
        folder, name = os.path.split(path)
        found.append(path if folder in FOLDERS else "in the temporary folder: " + name)
    own = os.getpid()
    # Who has left the group is our child, or the agent's, where its parent has ended.
    there = processes.group(own) + processes.children(own) + processes.children(os.getppid())
    for pid in sorted(set(there) - set([own])):
        command = _command(pid)
        if command and "_tracker" not in command and "forkserver" not in command:
            found.append("process %d: %s" % (pid, command))
    return found


def _command(pid):
    """Return the command of a process in a line; "" where it has ended."""
    try:
        with open("/proc/%d/cmdline" % pid) as stream:
            words = stream.read().split("\0")
    except (IOError, OSError):
        return ""
    ours = "agent" in words or "invocation" in words
    return "forked by the trial" if ours else " ".join(words).strip()[:100]
