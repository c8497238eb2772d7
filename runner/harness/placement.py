"""Where the processes of a trial run: anywhere, all on one core, or each on a core of its own."""

from __future__ import absolute_import

import compat

NAMES = ("free", "together", "apart")


def supported(name):
    """Return "" where the placement can be had here, or the reason why not."""
    if name == "free":
        return ""
    lacks = compat.affinity_lacks()
    if lacks:
        return lacks
    if name == "apart" and len(compat.allowed_cores()) < 2:
        return "apart needs two cores; one is allowed here"
    return ""


def cores_for(name, seat):
    """Return the cores for the role in this seat (producers and workers, counted from 0).

    None leaves the role free. Helper threads inherit their role's cores; helper processes, such
    as a manager's server, are bound for `together` and left free by `apart`.
    """
    if name == "free":
        return None
    allowed = compat.allowed_cores()
    if name == "together":
        return [allowed[0]]
    return [allowed[seat]]


def most_workers():
    """Return how many workers `apart` has room for beside one producer."""
    return max(len(compat.allowed_cores()) - 1, 0)
