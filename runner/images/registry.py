"""Images through a registry: what was built once is pulled by its digest, wherever it is needed.

`images.registry` is a repository. An image has two tags there: its own, which is a digest of all
that went into it, and that of the wish that it fulfils, which is known before anything is pulled.
Who may push and pull is a matter of the engine's own credentials (`docker login`).
"""

import threading
from typing import Any

from docker.errors import ImageNotFound, NotFound

from runner.engine import ENGINE_ERRORS, KIND, Client, brief, lacks_only_the_image
from runner.images import catalogue
from runner.images.base import Base, NotHadError, Workshop
from runner.images.recipe import REPOSITORY, Wanted, contents, is_current, key_of, needed, tag_of
from runner.model import Image


class Registry:
    """A repository of images of ours; one that did not answer once is not waited for again."""

    def __init__(self, repository: str, wanted: Wanted, client: Client) -> None:
        self._repository = repository
        self._wanted = wanted
        self._client = client
        self._architecture = str(client.version().get("Arch", ""))
        self._silent = ""
        self._asking = threading.Lock()

    def _key(self, python: str) -> str:
        return key_of(python, self._wanted, self._architecture)

    def push(self, python: str, workshop: Workshop) -> str:
        """Push the image that was built here last by today's recipe; return its digest there.

        Raises NotHadError where there is none, and with the registry's reason.
        """
        digest = ""
        try:
            listed = catalogue.list_images(self._client)
            current = [one for one in listed if is_current(one, self._wanted)]
            tags = needed(current, [python], self._wanted)
            if not tags:
                message = "is not built: `ipcmatrix images build` does it"
                raise NotHadError(message)
            image = next(one for one in current if one.tag == tags[0])
            workshop.say(python, "push", image.tag)
            for tag in (image.tag.rpartition(":")[2], self._key(python)):
                self._client.api.tag(image.digest, self._repository, tag)
                api: Any = self._client.api  # its stubs know no stream
                for event in api.push(self._repository, tag=tag, stream=True, decode=True):
                    workshop.check()
                    if "error" in event:
                        message = f"{self._repository}: {event['error']}"
                        raise NotHadError(message)
                    digest = (event.get("aux") or {}).get("Digest") or digest
        except ENGINE_ERRORS as error:
            message = f"{self._repository}: {brief(error)}"
            raise NotHadError(message) from error
        return digest

    def pull(self, python: str, workshop: Workshop) -> Image:
        """Return the newest image that was pushed for today's wish, pulled where it is not here.

        Raises NotHadError where the registry has none, does not answer, or has something else.
        """
        exact = self._exact(python)
        try:
            if not self._is_here(exact):
                workshop.say(python, "pull", exact)
                digest = exact.rpartition("@")[2]
                pulled = self._client.api.pull(
                    self._repository, tag=digest, stream=True, decode=True
                )
                for event in pulled:
                    workshop.check()
                    if "error" in event:
                        message = f"{exact}: {event['error']}"
                        raise NotHadError(message)
            return self._named(python, exact)
        except ENGINE_ERRORS as error:
            message = f"{exact}: {brief(error)}"
            raise NotHadError(message) from error

    def _exact(self, python: str) -> str:
        """Return what the registry has for the wish, by digest: another push changes nothing."""
        name = f"{self._repository}:{self._key(python)}"
        with self._asking:
            if self._silent:
                raise NotHadError(self._silent)
            try:
                return f"{self._repository}@{self._client.images.get_registry_data(name).id}"
            except ENGINE_ERRORS as error:
                if isinstance(error, NotFound) or lacks_only_the_image(error):
                    message = f"{name}: {brief(error)}"
                    raise NotHadError(message) from error
                self._silent = f"{self._repository} does not answer: {brief(error)}"
                raise NotHadError(self._silent) from error

    def _is_here(self, exact: str) -> bool:
        try:
            self._client.images.get(exact)
        except ImageNotFound:
            return False
        return True

    def _named(self, python: str, exact: str) -> Image:
        """Name what was pulled as if it had been built here, after a look at what it says it is."""
        found = self._client.images.get(exact)
        labels = catalogue.read(found, exact)
        base = Base(labels.base, labels.base_digest, labels.source, labels.interpreter)
        packages = contents(self._wanted.packages.get(python, {}), labels.packages)
        tag = tag_of(python, self._wanted.recipe, base, packages)
        ours = found.labels.get(KIND) == "image" and catalogue.tag_in(found) == tag
        if not ours or labels.python != python:
            message = f"{exact}: is not an image of {python} by the current recipe: push it again"
            raise NotHadError(message)
        self._client.api.tag(exact, REPOSITORY, tag.rpartition(":")[2])
        self._client.api.tag(exact, self._repository, self._key(python))
        image = catalogue.find(self._client, tag)
        assert image is not None, tag  # it was named just now
        return image
