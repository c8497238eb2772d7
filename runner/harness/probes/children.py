"""The child processes of a probe: started by fork where there is one, ended by a deadline."""

from __future__ import absolute_import, print_function

import os
import signal
import sys
import tempfile

import compat


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


def stderr_of(target, *args):
    """Return (exit code, text on stderr) of a child that runs target(*args); None if it hung."""
    handle, name = tempfile.mkstemp(prefix="probe-")
    os.close(handle)
    try:
        child = start(_with_stderr, name, target, args)
        code = child.exitcode if ended(child, 3) else None
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
