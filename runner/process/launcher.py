"""Become another program that the kernel kills when our parent ends.

    python -I -S launcher.py PARENT SIGNAL COMMAND…

Run by path, from `start`: a function between fork and exec would do the same, but not safely in
a process with threads. Signals and limits are set to known values on the way, so that an agent
does not depend on what the orchestrator was started from.
"""

import ctypes
import errno
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def follow(parent: int, number: int) -> None:
    """Die by `number` when `parent` ends, or at once where it already has."""
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        sys.exit("the kernel refuses PR_SET_PDEATHSIG")
    if os.getppid() != parent:
        sys.exit("the parent has ended")


def settle() -> None:
    """Give every signal its default, unblock all, and write no core files."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def main(arguments: list[str]) -> None:
    """Follow the parent, settle, and become the command."""
    parent, number, *command = arguments
    settle()
    follow(int(parent), int(number))
    try:
        os.execv(command[0], command)
    except OSError as error:
        unfit = " (made for another machine, or a script without #!)"
        meaning = unfit if error.errno == errno.ENOEXEC else ""
        sys.exit(f"{command[0]} cannot be started: {error.strerror}{meaning}")


if __name__ == "__main__":
    main(sys.argv[1:])
