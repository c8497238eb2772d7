"""Work that a worker does for each message: a busy loop of its own CPU time.

CPU time, for workers may share a core: by the clock on the wall the work of one would pass while
another runs.
"""

from __future__ import absolute_import

import math
import random
import re
from itertools import repeat

from compat import cpu_now

PARAMETER = "work of a worker for each message, as 50us or 50us~exp"

FORM = re.compile(r"([1-9][0-9]{0,6})us(~exp)?$")

STRATUM = 128
STRATA = 32


def shares(text):
    """Return the seconds of work for each message by its number, modulo the length of the list.

    One number where all are equal. With ~exp the work is exponentially distributed: each stratum
    of messages holds the same quantiles in another order, so that trials of different numbers of
    messages do equal work for each. The order is the same in every process and interpreter.
    """
    found = FORM.match(text)
    if not found:
        raise ValueError("%r is no %s" % (text, PARAMETER))
    seconds = int(found.group(1)) * 1e-6
    if not found.group(2):
        return [seconds]
    quantiles = [-math.log(1 - (place + 0.5) / STRATUM) for place in range(STRATUM)]
    scale = seconds * STRATUM / sum(quantiles)
    chance = random.Random(20121)
    return [
        scale * one
        for _ in range(STRATA)
        for _, one in sorted((chance.random(), one) for one in quantiles)
    ]


def are_uneven(parameter):
    """Return whether these shares differ, so that each message needs its number."""
    return bool(parameter) and len(parameter) > 1


def busy(seconds):
    """Use so many seconds of CPU time."""
    until = cpu_now() + seconds
    while cpu_now() < until:
        # The clock is a call of the system: most of the work is to be the worker's own.
        for _ in repeat(None, 50):
            pass
