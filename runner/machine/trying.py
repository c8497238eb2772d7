"""Tries what a machine offers (made, used, removed) instead of reading a size."""

import importlib
import mmap
import multiprocessing
import os
import secrets
import threading
from collections.abc import Mapping

SEGMENT = 1024**2
"""Bytes of the shared memory that is tried: it needs space for them, not only a name."""


def tried() -> Mapping[str, str]:
    """Return "" for each thing that works here, or the reason why it does not."""
    return {"semaphore": semaphore(), "shared_memory": shared_memory(), "binding": binding()}


def semaphore() -> str:
    """Make and use a semaphore as Python's queues and locks do; its name is gone at once."""
    try:
        with multiprocessing.get_context("fork").Semaphore(1):
            return ""
    except (ImportError, OSError, ValueError) as error:
        return _message(error)


def shared_memory() -> str:
    """Make a segment of shared memory, write to it, and remove it."""
    name = f"/ipcmatrix-{secrets.token_hex(8)}"
    try:
        calls = importlib.import_module("_posixshmem")  # it has no stubs
        number = calls.shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            calls.shm_unlink(name)
            os.ftruncate(number, SEGMENT)
            os.posix_fallocate(number, 0, SEGMENT)  # on a full /dev/shm writing would be a SIGBUS
            with mmap.mmap(number, SEGMENT) as memory:
                memory[-1:] = b"x"
        finally:
            os.close(number)
    except (ImportError, OSError, ValueError) as error:
        return _message(error)
    return ""


def binding() -> str:
    """Bind a new thread to each core that we may run on, in turn."""
    failures: list[str] = []

    def bind() -> None:
        try:
            for core in sorted(os.sched_getaffinity(0)):
                os.sched_setaffinity(0, {core})
                if os.sched_getaffinity(0) != {core}:
                    failures.append(f"core {core} was granted, and another is used")
        except OSError as error:
            failures.append(_message(error))

    thread = threading.Thread(target=bind, name="binding")
    thread.start()
    thread.join()
    return failures[0] if failures else ""


def _message(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
