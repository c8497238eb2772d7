"""Bases from the image registry: Debian-based `python:…-slim` and `pypy:…-slim`."""

import re

from docker.errors import APIError, ImageNotFound, NotFound

from runner.engine import ENGINE_ERRORS, brief
from runner.images.base import Base, NotHadError, Workshop, base_of

CPYTHON = re.compile(r"\d+\.\d+(?:\.\d+)?")
RELEASE_CANDIDATE = re.compile(r"\d+\.\d+\.\d+(?:a|b|rc)\d+")
PYPY = re.compile(r"pypy(\d+\.\d+)")


class NoRegistryError(NotHadError):
    """The registry does not answer, for this name or for any other."""


def hub_base(python: str, workshop: Workshop) -> Base:
    """Return the registry's image of that version, pulled where it is not here.

    Raises NotHadError where the registry has none, NoRegistryError where it does not answer.
    """
    references, interpreter = candidates(python)
    for reference in references:
        try:
            return base_of(workshop.client, reference, "hub", interpreter)
        except ImageNotFound:
            continue
    reasons = []
    for reference in references:
        try:
            _pull(python, reference, workshop)
            return base_of(workshop.client, reference, "hub", interpreter)
        except NotFound as error:
            reasons.append(f"{reference}: {brief(error)}")
        except ENGINE_ERRORS as error:
            message = f"the registry does not answer: {brief(error)}"
            raise NoRegistryError(message) from error
    raise NotHadError("; ".join(reasons))


def candidates(python: str) -> tuple[list[str], str]:
    """Return the names under which the registry may have a version, and its program's path.

    A version that is not released yet has `-rc` in its name. Raises NotHadError for what the
    registry has under no name.
    """
    pypy = PYPY.fullmatch(python)
    if pypy:
        program = "/opt/pypy/bin/pypy" + ("" if pypy[1].startswith("2") else "3")
        return [f"pypy:{pypy[1]}-slim"], program
    if CPYTHON.fullmatch(python):
        return [f"python:{python}-slim", f"python:{python}-rc-slim"], "/usr/local/bin/python"
    if RELEASE_CANDIDATE.fullmatch(python):
        return [f"python:{python}-slim"], "/usr/local/bin/python"
    message = f"the registry's images are of CPython and PyPy releases; {python} is none of them"
    raise NotHadError(message)


def _pull(python: str, reference: str, workshop: Workshop) -> None:
    workshop.say(python, "base", f"pulling {reference}")
    repository, _, tag = reference.partition(":")
    events = workshop.client.api.pull(repository, tag=tag, stream=True, decode=True)
    for event in events:
        workshop.check()
        if "error" in event:
            message = str(event["error"])
            kind = NotFound if "not found" in message or "manifest unknown" in message else APIError
            raise kind(message, explanation=message)
