"""What an uncaught exception in a child prints."""

from __future__ import absolute_import, print_function

from probes import children, said

SUMMARY = "Does the traceback of an uncaught exception in a Process reach stderr by itself?"
MARK = "lost in the child"

supported = children.supported


def run():
    """Return the answer, with the child's exit code."""
    code, text = children.stderr_of(fail)
    printed = "Traceback" in text and MARK in text
    detail = "stderr held %d lines with%s a traceback; exit code %s (start method %s)"
    return said(
        printed,
        detail % (len(text.splitlines()), "" if printed else "out", code, children.method()),
        exit_code=-1000 if code is None else code,
    )


def fail():
    """Raise (in the child)."""
    raise KeyError(MARK)
