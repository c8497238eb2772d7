"""stdout as a command line needs it: who stops reading changes nothing, a full disk is told."""

import io
import os
import sys
from typing import Any

from runner.errors import EnvironmentLacksError


class _Sink(io.FileIO):
    """The file of stdout. After the first error it leads nowhere, so that flushing cannot fail."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if isinstance(error, BrokenPipeError):  # `| head` has read what it wanted
                return len(data)
            message = f"stdout: {error.strerror}: make room, or write elsewhere"
            raise EnvironmentLacksError(message) from error


def install() -> None:
    """Let sys.stdout outlive its reader, and show a sign that its encoding lacks as `?`."""
    try:
        descriptor = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):  # closed, or none of the system's
        return
    sys.stdout.flush()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Sink(descriptor, "wb", closefd=False)),
        encoding=sys.stdout.encoding,
        errors="replace",
        line_buffering=sys.stdout.isatty(),
    )
