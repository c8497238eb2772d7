"""The start method that is taken when none is asked for."""

from __future__ import absolute_import, print_function

import compat
from probes import said

SUMMARY = "Is fork the default start method?"


def supported():
    """Return "": every interpreter can be asked."""
    return ""


def run():
    """Return the answer, with all start methods in the detail."""
    name = compat.default_start_method()
    detail = "the default is %s; there are %s" % (name, ", ".join(compat.start_methods()))
    return said(name == "fork", detail, start_methods=len(compat.start_methods()))
