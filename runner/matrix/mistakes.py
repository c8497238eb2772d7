"""Where a mistake stands and what it is, collected so that all are told at once."""

from typing import NamedTuple, NoReturn

from runner.errors import BadInputError

SHOWN = 100
"""Mistakes that are spelt out; the rest is counted."""

LONGEST = 600
"""Characters of a message; the rest of a longer one is cut."""


class Place(NamedTuple):
    """A place in the file; line and column count from 1."""

    line: int
    column: int


START = Place(1, 1)


class Mistakes:
    """The mistakes found so far in one source; each is told once, in the order of the text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._found: set[tuple[Place, str]] = set()

    def add(self, place: Place, message: str) -> None:
        """Remember a mistake; `message` says what is wrong, then what is allowed."""
        short = message if len(message) <= LONGEST else f"{message[:LONGEST]} …"
        self._found.add((place, short))

    def fatal(self, place: Place, message: str) -> NoReturn:
        """Raise BadInputError with this mistake and all before it: reading cannot go on."""
        self.add(place, message)
        raise self._error()

    def raise_any(self) -> None:
        """Raise one BadInputError that tells every mistake, a line each, if there is one."""
        if self._found:
            raise self._error()

    def where(self, place: Place) -> str:
        """Return `source:line:column` for messages."""
        return f"{self.source}:{place.line}:{place.column}"

    def _error(self) -> BadInputError:
        lines = [f"{self.where(place)}: {message}" for place, message in sorted(self._found)]
        rest = len(lines) - SHOWN
        if rest > 0:
            lines[SHOWN:] = [f"{self.source}: and {rest} more mistakes"]
        return BadInputError("\n".join(lines))
