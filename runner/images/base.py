"""What a source of interpreters gives: a base image; and how it speaks while it works."""

import threading
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from docker.errors import ImageNotFound

from runner.engine import Client

Stage = Literal["base", "packages", "build", "ready", "failed"]
BASES: Final = "ipcmatrix/base"


class Base(NamedTuple):
    """An image that holds an interpreter: its name here, the digest of what it is, the path."""

    reference: str
    digest: str
    source: str
    interpreter: str


class Progress(NamedTuple):
    """What happens to one interpreter's image: the stage, and a line of what is done."""

    python: str
    stage: Stage
    text: str


Listener = Callable[[Progress], None]


class NotHadError(Exception):
    """A source cannot give this interpreter; the message says why."""


class CancelledBuildError(Exception):
    """The build was interrupted; nothing is to be said of it."""


class Workshop:
    """Where images are made: the engine, the one who listens, and whether to go on."""

    def __init__(self, client: Client, listener: Listener) -> None:
        self.client = client
        self._listener = listener
        self._one_at_a_time = threading.Lock()
        self._cancelled = threading.Event()

    def say(self, python: str, stage: Stage, text: str) -> None:
        """Tell the listener, one line at a time though builds run side by side."""
        self.check()
        with self._one_at_a_time:
            self._listener(Progress(python, stage, text))

    def check(self) -> None:
        """Raise CancelledBuildError where the builds are to end."""
        if self._cancelled.is_set():
            raise CancelledBuildError

    def cancel(self) -> None:
        """Let every build end at its next step."""
        self._cancelled.set()

    def existing_base(self, reference: str, source: str, interpreter: str) -> Base | None:
        """Return the base of that name, or None where the engine has none."""
        try:
            return base_of(self.client, reference, source, interpreter)
        except ImageNotFound:
            return None


def base_of(client: Client, reference: str, source: str, interpreter: str) -> Base:
    """Return an image of the engine as a base; raise ImageNotFound.

    The digest is the registry's where it came from one; of an imported base it is that of its
    only layer: of the files, whenever and wherever they were packed.
    """
    attributes = client.images.get(reference).attrs
    pulled = attributes.get("RepoDigests") or ()
    layers: list[str] = (attributes.get("RootFS") or {}).get("Layers") or []
    local = layers[0] if len(layers) == 1 else attributes["Id"]
    digest = str(pulled[0]).rpartition("@")[2] if pulled else str(local)
    return Base(reference, digest, source, interpreter)
