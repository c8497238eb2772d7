"""The streams of a container, attached to before it starts."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Protocol

from docker.models.containers import Container
from docker.utils.socket import STDOUT, frames_iter_no_tty

from runner.engine.connection import Client


class Socket(Protocol):
    """What carries an attached container's streams: a Unix socket, TLS, ssh."""

    def sendall(self, data: bytes, /) -> None:
        """Write all of `data`."""
        ...

    def settimeout(self, seconds: float | None, /) -> None:
        """Bound the time of the calls that follow."""
        ...

    def shutdown(self, how: int, /) -> None:
        """End both directions; who waits for the socket wakes up."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Attached:
    """The streams of a container, from before its start until it ends or `close`.

    The engine frames them; `frames` gives (is it stdout?, fragment) until the end.
    """

    def __init__(self, client: Client, container: Container, *, stdin: bool = False) -> None:
        api: Any = client.api  # its stubs know no plain dict
        asked = {"stdout": 1, "stderr": 1, "stream": 1, **({"stdin": 1} if stdin else {})}
        self._stream = api.attach_socket(str(container.id), params=asked)
        self.socket: Socket = getattr(self._stream, "_sock", self._stream)
        self.socket.settimeout(None)

    def frames(self) -> Iterator[tuple[bool, bytes]]:
        """Give the fragments as they come; the end is the container's, the engine's or ours."""
        untyped: Any = frames_iter_no_tty
        with suppress(OSError, ValueError):
            for number, data in untyped(self._stream):
                yield number == STDOUT, data

    def close(self) -> None:
        """Let go of the streams; who reads the frames comes to their end."""
        self.wake()
        self.socket.close()
        self._stream.close()

    def wake(self) -> None:
        """End the streams, so that who waits for a frame waits no longer."""
        with suppress(OSError):  # it is not connected any more
            self.socket.shutdown(socket.SHUT_RDWR)
