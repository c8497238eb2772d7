"""What an exception in a Pool's task prints."""

from __future__ import absolute_import, print_function

import os
import tempfile

from probes import child_exception_stderr, children, said

SUMMARY = "Does the traceback of an exception in a Pool's task reach stderr by itself?"

supported = children.supported


def run():
    """Return the answer; the exception is raised where the result is asked for."""
    handle, name = tempfile.mkstemp(prefix="probe-")
    os.close(handle)
    pool = children.context().Pool(1, children.write_stderr_to, (name,))
    try:
        result = pool.apply_async(child_exception_stderr.fail)
        result.wait(children.SURE)
        with open(name) as text:
            printed = "Traceback" in text.read()
        raised = _raises(result)
    finally:
        pool.terminate()
        os.remove(name)
    detail = "printed by itself: %s; raised where the result was asked for: %s"
    return said(printed, detail % (printed, raised), get_raises=int(raised))


def _raises(result):
    try:
        result.get(children.SURE)
    except KeyError:
        return True
    return False
