"""Shared memory without a name, and how to wait for what another process writes there.

No transport: what those share that use memory. The memory is a file that was unlinked at once, so
that nothing of it can outlive its processes; a Process is given its descriptor.
"""

from __future__ import absolute_import

import mmap
import os
import tempfile
import time

import compat
import transports
from transports.os_pipe import Descriptor

FOLDER = "/dev/shm"
TURNS = 100000  # so often the core is given away; behind them, some 50 ms, a wait sleeps
NAP = 0.02


def supported():
    """Return "" where memory can be shared and its words be stored whole, or why not."""
    if compat.ctypes is None:
        return "this interpreter has no ctypes, by which words of memory are stored whole"
    return "" if os.path.isdir(FOLDER) else "this system has no %s" % FOLDER


def shared(size=1):
    """Return a Descriptor of new memory, zeroed."""
    with tempfile.TemporaryFile(dir=FOLDER) as stream:
        memory = Descriptor(os.dup(stream.fileno()))
    memory.size = 0
    resize(memory, size)
    return memory


def resize(memory, size):
    """Give the memory another size; Unsuitable where there is no room for it."""
    try:
        # Written, not only promised: without room, a write to the mapped memory would kill us.
        os.lseek(memory.number, 0, os.SEEK_END)
        block = b"\0" * (1 << 20)
        while memory.size < size:
            memory.size += os.write(memory.number, block[: size - memory.size])
    except (IOError, OSError) as error:
        raise transports.Unsuitable("%s has no room for %d bytes: %s" % (FOLDER, size, error))


def mapped(memory):
    """Return the memory as this process sees it."""
    return mmap.mmap(memory.number, memory.size)


def words(mapped, count):
    """Return the first 8-byte words: each is read and stored whole, as one aligned access.

    struct.pack_into is none: it zeroes the bytes first, and another process sees that.
    """
    return (compat.ctypes.c_uint64 * count).from_buffer(mapped)


def rest(turns):
    """Let others run, in the `turns`-th turn of a wait; return the number of the next.

    A wait that has lasted sleeps: a supervisor sees that nothing moves.
    """
    if turns < TURNS:
        compat.yield_core()
    else:
        time.sleep(NAP)
    return turns + 1
