"""The sources of interpreters, in the order in which `images.source` has them tried.

The image registry has Debian-based `python:…-slim` and `pypy:…-slim`; the others are host.py and
debian.py.
"""

import re
from collections.abc import Mapping

from docker.errors import APIError, ImageNotFound, NotFound

from runner.engine import ENGINE_ERRORS, brief
from runner.errors import BadInputError
from runner.images.base import Base, NotHadError, Workshop, base_of
from runner.images.debian import debian_base
from runner.images.host import host_base

ORDERS: Mapping[str, tuple[str, ...]] = {
    "auto": ("hub", "host", "debian"),
    "hub": ("hub",),
    "host": ("host",),
    "debian": ("debian",),
}
"""`images.source` → the sources that are tried, the first first."""
CPYTHON = re.compile(r"\d+\.\d+(?:\.\d+)?")
RELEASE_CANDIDATE = re.compile(r"\d+\.\d+\.\d+(?:a|b|rc)\d+")
PYPY = re.compile(r"pypy(\d+\.\d+)")


class NoRegistryError(NotHadError):
    """The registry does not answer, for this name or for any other."""


class Sources:
    """Gives the base of each interpreter from the chosen source.

    `paths` are those of this machine's interpreters, by name. A registry that did not answer
    once is not waited for again. Raises BadInputError for a source that is not known.
    """

    def __init__(
        self, chosen: str, paths: Mapping[str, str], workshop: Workshop, mirror: str = ""
    ) -> None:
        if chosen not in ORDERS:
            message = f"images.source: {chosen!r} is not known; known are {', '.join(ORDERS)}"
            raise BadInputError(message)
        self._order = ORDERS[chosen]
        self._paths = paths
        self._workshop = workshop
        self._mirror = mirror
        self._no_registry = ""

    def base(self, python: str) -> Base:
        """Return the base of an interpreter; raise NotHadError with every source's reason."""
        reasons = []
        for source in self._order:
            try:
                base = self._from(source, python)
            except NotHadError as error:
                reasons.append(f"{source}: {error}")
                continue
            if reasons:
                self._workshop.say(python, "base", f"from {source}, since {'; '.join(reasons)}")
            return base
        raise NotHadError("\n".join(reasons))

    def _from(self, source: str, python: str) -> Base:
        if source == "host":
            return host_base(python, self._paths.get(python, ""), self._workshop)
        if source == "debian":
            return debian_base(python, self._workshop)
        if self._no_registry:
            raise NotHadError(self._no_registry)
        try:
            return hub_base(python, self._workshop, self._mirror)
        except NoRegistryError as error:
            self._no_registry = str(error)
            raise


def hub_base(python: str, workshop: Workshop, mirror: str = "") -> Base:
    """Return the registry's image of that version, pulled where it is not here.

    `mirror` is put before its name, as in mirror.example/library.

    Raises NotHadError where the registry has none, NoRegistryError where it does not answer.
    """
    found, interpreter = candidates(python)
    references = [f"{mirror}/{one}" for one in found] if mirror else found
    for reference in references:
        try:
            return base_of(workshop.client, reference, "hub", interpreter)
        except ImageNotFound:
            continue
    reasons = []
    for reference in references:
        try:
            workshop.say(python, "base", f"pulling {reference}")
            repository, _, tag = reference.rpartition(":")
            for event in workshop.client.api.pull(repository, tag=tag, stream=True, decode=True):
                workshop.check()
                if "error" in event:
                    message = str(event["error"])
                    lacks = "not found" in message or "manifest unknown" in message
                    raise (NotFound if lacks else APIError)(message, explanation=message)
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
    registry does not have.
    """
    pypy = PYPY.fullmatch(python)
    if pypy:
        program = "/opt/pypy/bin/pypy" + ("" if pypy[1].startswith("2") else "3")
        return [f"pypy:{pypy[1]}-slim"], program
    if CPYTHON.fullmatch(python):
        return [f"python:{python}-slim", f"python:{python}-rc-slim"], "/usr/local/bin/python"
    if RELEASE_CANDIDATE.fullmatch(python):
        return [f"python:{python}-slim"], "/usr/local/bin/python"
    message = f"the registry's images are of CPython and PyPy releases; {python} is not one of them"
    raise NotHadError(message)
