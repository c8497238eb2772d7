"""The child processes of a probe: started by fork where there is one, ended by a deadline."""

from __future__ import absolute_import, print_function

import os
import signal
import sys
import tempfile

import compat

SURE = 10  # seconds in which what must happen has happened, on a busy machine too


def method():
    """Return the name of the start method that the probes use here."""
    return "fork" if "fork" in compat.start_methods() else compat.default_start_method()


def context():
    """Return what offers Process, Pipe and the queues under that start method."""
    return compat.context(method())


def supported():
    """Return "" where processes can share locks here, or the reason why not."""
    try:
        import multiprocessing.synchronize  # noqa: F401
    except ImportError as error:
        return "multiprocessing has no locks here: %s" % error
    return ""


def start(target, *args):
    """Return a started child that runs target(*args), and ends with us."""
    return _started(True, target, args)


def start_parent(target, *args):
    """Return a started child that may have children of its own."""
    return _started(False, target, args)


def _started(daemon, target, args):
    child = context().Process(target=target, args=args)
    child.daemon = daemon
    child.start()
    return child


def ended(child, seconds):
    """Return whether the child ended by itself in `seconds`; one that did not is killed."""
    child.join(seconds)
    if not child.is_alive():
        return True
    os.kill(child.pid, signal.SIGKILL)
    child.join(5)
    return False


def waits(child, seconds):
    """Return whether a child is still there after `seconds`, and waits for something.

    Where the machine is busy a child may not have run yet: one that could run is given more time.
    """
    until = compat.now() + SURE
    child.join(seconds)
    while child.is_alive() and _could_run(child.pid) and compat.now() < until:
        child.join(0.05)
    return child.is_alive()


def _could_run(pid):
    """Return whether a thread of a process has or wants a core; no where nothing tells of it."""
    return any(_state(pid, thread) == "R" for thread in _listed("/proc/%d/task" % pid))


def _listed(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _state(pid, thread):
    try:
        with open("/proc/%d/task/%s/stat" % (pid, thread)) as text:
            return text.read().rpartition(")")[2].split()[0]
    except (IOError, OSError, IndexError):
        return ""  # it has ended


def stderr_of(target, *args):
    """Return (exit code, text on stderr) of a child that runs target(*args); None if it hung."""
    handle, name = tempfile.mkstemp(prefix="probe-")
    os.close(handle)
    try:
        child = start(_with_stderr, name, target, args)
        code = child.exitcode if ended(child, SURE) else None
        with open(name) as text:
            return code, text.read()
    finally:
        os.remove(name)


def write_stderr_to(name):
    """Send this process's stderr to the end of a file."""
    handle = os.open(name, os.O_WRONLY | os.O_APPEND)
    os.dup2(handle, 2)
    os.close(handle)
    sys.stderr = sys.__stderr__


def _with_stderr(name, target, args):
    write_stderr_to(name)
    target(*args)
