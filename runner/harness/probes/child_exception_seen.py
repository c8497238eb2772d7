"""What a parent learns of an uncaught exception in its child."""

from __future__ import absolute_import, print_function

import os
import signal

from probes import child_exception_stderr, children, said

SUMMARY = "Does joining a Process raise the exception that ended it?"

supported = children.supported


def run():
    """Return the answer; the figures hold the exit codes of a raising and of a killed child."""
    figures, raised = {}, False
    try:
        figures["exit_code"], _ = children.stderr_of(child_exception_stderr.fail)
    except KeyError:
        raised = True
    figures["killed_exit_code"], _ = children.stderr_of(die)
    detail = "join returned; exitcode is %(exit_code)s after an exception, " % figures
    return said(raised, detail + "%(killed_exit_code)s after SIGKILL" % figures, **figures)


def die():
    """End by a signal (in the child)."""
    os.kill(os.getpid(), signal.SIGKILL)
