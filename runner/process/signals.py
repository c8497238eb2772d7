"""Signals: those that end us with our parent, and code that must not be interrupted."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h; the launcher has the same number, it imports nothing of ours."""

DEFERRED = (signal.SIGINT, signal.SIGTERM)


def follow_launcher(environment: Mapping[str, str]) -> bool:
    """End with nox where it started us (IPCMATRIX_LAUNCHER=nox): it passes no SIGTERM on.

    The kernel ends us with the thread that started this process; False where it cannot.
    """
    if environment.get("IPCMATRIX_LAUNCHER") != "nox":
        return False
    import ctypes

    parent = os.getppid()
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        return False
    if os.getppid() != parent:  # it ended while we asked
        signal.raise_signal(signal.SIGTERM)
    return True


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back until the end of the block, then deliver the first of them.

    Keep such a block short and bounded. Outside the main thread it does nothing:
    Python runs signal handlers only there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        held.append(number)

    previous = {}
    try:
        for number in DEFERRED:
            if signal.getsignal(number) is not None:  # None: not ours to restore
                previous[number] = signal.signal(number, hold)
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        if held:
            signal.raise_signal(held[0])
