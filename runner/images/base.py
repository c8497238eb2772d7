"""Base images, which sources of interpreters give, and how an archive of files becomes one."""

import re
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final, Literal, NamedTuple

from docker.errors import APIError, ImageNotFound

from runner.engine import KIND, Client, brief
from runner.process import environment_for_tools, start

Stage = Literal["push", "pull", "base", "packages", "build", "ready", "failed"]
BASES: Final = "ipcmatrix/base"
CHUNK: Final = 1024 * 1024
ENDING_PATIENCE: Final = 60.0
"""Seconds that a program gets to remove its working folder before it is killed."""
SHOWN_LINES: Final = 5
"""Lines of a tool's output that a message shows."""


class Base(NamedTuple):
    """An image that holds an interpreter: its name here, its digest, the path inside."""

    reference: str
    digest: str
    source: str
    interpreter: str


class ImageStep(NamedTuple):
    """Progress of one interpreter's image: the stage, and a line about it."""

    python: str
    stage: Stage
    text: str


Listener = Callable[[ImageStep], None]


class NotHadError(Exception):
    """A source cannot give this interpreter; the message says why."""


class CancelledBuildError(Exception):
    """The build was interrupted; nothing is to be said of it."""


class Workshop:
    """Where images are made: the engine, the listener, and whether to continue."""

    def __init__(self, client: Client, listener: Listener) -> None:
        self.client = client
        self._listener = listener
        self._one_at_a_time = threading.Lock()
        self._cancelled = threading.Event()

    def say(self, python: str, stage: Stage, text: str) -> None:
        """Notify the listener, one line at a time although builds run in parallel."""
        self.check()
        with self._one_at_a_time:
            self._listener(ImageStep(python, stage, text))

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


def take_in(archive: IO[bytes], reference: str, workshop: Workshop) -> None:
    """Import an archive under a name; raise NotHadError with the engine's reason."""
    try:
        identity = _import(archive, workshop)
    except APIError as error:
        message = f"the engine does not take the archive: {brief(error)}"
        raise NotHadError(message) from error
    _name(identity, reference, workshop)


def take_in_output(command: Sequence[str], reference: str, workshop: Workshop) -> None:
    """Import the archive that a command writes; the name is given only if the command succeeds.

    Raises NotHadError with the last lines that the command wrote to its stderr.
    """
    lines: deque[str] = deque(maxlen=SHOWN_LINES)

    def listen(stream: IO[bytes]) -> None:
        for line in stream:
            text = line.decode(errors="replace").strip()
            if text and not text.startswith("I: "):
                lines.append(text)

    process = start(command, environment=environment_for_tools())
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        process.stdin.close()
        listening = threading.Thread(target=listen, args=(process.stderr,), daemon=True)
        listening.start()
        identity, refusal = "", ""
        try:
            identity = _import(process.stdout, workshop)
        except APIError as error:  # of an archive that broke off, as a rule
            refusal = brief(error)
        process.stdout.close()
        code = process.wait()
        listening.join()
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=ENDING_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()
        process.stderr.close()
    if code == 0 and identity:
        _name(identity, reference, workshop)
        return
    if identity:
        workshop.client.images.remove(identity)
    raise NotHadError(failure(Path(command[0]).name, code, [*lines, refusal]))


def failure(tool: str, code: int, lines: Sequence[str]) -> str:
    """Return how a tool ended, with the last lines that it wrote."""
    return "\n".join(
        [f"{tool} ended with {code}:", *[line for line in lines if line][-SHOWN_LINES:]]
    )


def _import(archive: IO[bytes], workshop: Workshop) -> str:
    """Return the id of the image that the archive becomes; raise APIError."""

    def chunks() -> Iterator[bytes]:
        while chunk := archive.read(CHUNK):
            workshop.check()
            yield chunk

    answer = workshop.client.api.import_image_from_stream(chunks(), changes=[f"LABEL {KIND}=base"])
    identity = re.search(r"sha256:[0-9a-f]{64}", str(answer))
    if identity is None:
        message = f"an import was answered with {answer!r}"
        raise APIError(message, explanation=message)
    return identity.group()


def _name(identity: str, reference: str, workshop: Workshop) -> None:
    repository, _, tag = reference.rpartition(":")
    workshop.client.api.tag(identity, repository, tag)
