"""Ctrl-C, SIGTERM and a closed terminal as a wish to end after the trials under way."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Tells, when called, whether a signal came; `signal` is the first one's number, or None."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def __call__(self) -> bool:
        """Return whether to stop."""
        return self.signal is not None

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Take in a signal; the second one no longer waits for anything."""
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Catch SIGNALS while it lasts; the caller decides what exit code they become.

    Under `nohup`, which lets a closed terminal be ignored, it stays so.
    """
    stop = Stop()
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    heard = [one for one in SIGNALS if not (ignored and one is signal.SIGHUP)]
    before = {number: signal.signal(number, stop.note) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
