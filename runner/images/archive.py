"""Archives of files that become base images: from a program's output, or from a file."""

import re
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

from docker.errors import APIError

from runner.engine import KIND, brief
from runner.images.base import NotHadError, Workshop
from runner.process import environment_for_tools, start

CHUNK = 1024 * 1024
ENDING_PATIENCE = 60.0
"""Seconds that a program gets to remove its working folder before it is killed."""
SHOWN_LINES = 5


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
    with _started(command) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told: deque[str] = deque(maxlen=SHOWN_LINES)
        listening = Thread(target=_listen, args=(process.stderr, told), daemon=True)
        listening.start()
        identity, refusal = "", ""
        try:
            identity = _import(process.stdout, workshop)
        except APIError as error:  # of an archive that broke off, as a rule
            refusal = brief(error)
        process.stdout.close()
        code = process.wait()
        listening.join()
    if code == 0 and identity:
        _name(identity, reference, workshop)
        return
    if identity:
        workshop.client.images.remove(identity)
    raise NotHadError(failure(Path(command[0]).name, code, [*told, refusal]))


def failure(tool: str, code: int, told: Sequence[str]) -> str:
    """Return how a tool ended, with the last lines that it wrote."""
    return "\n".join(
        [f"{tool} ended with {code}:", *[line for line in told if line][-SHOWN_LINES:]]
    )


def _import(archive: IO[bytes], workshop: Workshop) -> str:
    """Return the id of the image that the archive becomes; raise APIError."""
    answer = workshop.client.api.import_image_from_stream(
        _chunks(archive, workshop), changes=[f"LABEL {KIND}=base"]
    )
    identity = re.search(r"sha256:[0-9a-f]{64}", str(answer))
    if identity is None:
        message = f"an import was answered with {answer!r}"
        raise APIError(message, explanation=message)
    return identity.group()


def _name(identity: str, reference: str, workshop: Workshop) -> None:
    repository, _, tag = reference.rpartition(":")
    workshop.client.api.tag(identity, repository, tag)


def _chunks(stream: IO[bytes], workshop: Workshop) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        workshop.check()
        yield chunk


@contextmanager
def _started(command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = start(command, environment=environment_for_tools())
    try:
        assert process.stdin is not None
        process.stdin.close()
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=ENDING_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def _listen(stream: IO[bytes], told: deque[str]) -> None:
    for line in stream:
        text = line.decode(errors="replace").strip()
        if text and not text.startswith("I: "):
            told.append(text)
