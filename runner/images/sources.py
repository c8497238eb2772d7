"""The sources of interpreters, in the order in which `images.source` has them tried."""

from collections.abc import Mapping

from runner.errors import BadInputError
from runner.images.base import Base, NotHadError, Workshop
from runner.images.debian import debian_base
from runner.images.host import host_base
from runner.images.hub import NoRegistryError, hub_base

ORDERS: Mapping[str, tuple[str, ...]] = {
    "auto": ("hub", "host", "debian"),
    "hub": ("hub",),
    "host": ("host",),
    "debian": ("debian",),
}
"""`images.source` → the sources that are tried, the first first."""


class Sources:
    """Gives the base of each interpreter from the chosen source.

    `paths` are those of this machine's interpreters, by name. A registry that did not answer
    once is not waited for again. Raises BadInputError for a source that is not known.
    """

    def __init__(self, chosen: str, paths: Mapping[str, str], workshop: Workshop) -> None:
        if chosen not in ORDERS:
            message = f"images.source: {chosen!r} is not known; known are {', '.join(ORDERS)}"
            raise BadInputError(message)
        self._order = ORDERS[chosen]
        self._paths = paths
        self._workshop = workshop
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
        if source == "hub":
            return self._from_hub(python)
        if source == "host":
            return host_base(python, self._paths.get(python, ""), self._workshop)
        return debian_base(python, self._workshop)

    def _from_hub(self, python: str) -> Base:
        if self._no_registry:
            raise NotHadError(self._no_registry)
        try:
            return hub_base(python, self._workshop)
        except NoRegistryError as error:
            self._no_registry = str(error)
            raise
