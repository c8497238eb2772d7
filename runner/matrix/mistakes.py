"""Mistakes with their places, collected so that all are reported together."""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Later:
    """A message that is made when it is shown: of thousands of mistakes most never are."""

    make: Callable[[], str]

    def __str__(self) -> str:
        """Return the message."""
        return self.make()


class Mistakes:
    """The mistakes found so far in one source; each is reported once, in the order of the text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._found: dict[tuple[Place, object], None] = {}

    def __len__(self) -> int:
        """Return how many there are so far."""
        return len(self._found)

    def add(self, place: Place, message: object) -> None:
        """Add a mistake; `message` says what is wrong, then what is allowed."""
        self._found[place, message] = None

    def fatal(self, place: Place, message: object) -> NoReturn:
        """Raise BadInputError with this mistake and all before it: reading cannot continue."""
        self.add(place, message)
        raise self._error()

    def raise_any(self) -> None:
        """Raise one BadInputError that lists every mistake, one per line, if there are any."""
        if self._found:
            raise self._error()

    def where(self, place: Place) -> str:
        """Return `source:line:column` for messages."""
        return f"{self.source}:{place.line}:{place.column}"

    def _error(self) -> BadInputError:
        found = sorted(self._found, key=lambda each: each[0])
        lines = [f"{self.where(place)}: {_short(str(message))}" for place, message in found[:SHOWN]]
        rest = len(found) - SHOWN
        if rest > 0:
            lines.append(f"{self.source}: and {rest} more mistakes")
        return BadInputError(*dict.fromkeys(lines))


def _short(message: str) -> str:
    """Return a message as one line of bearable length: keys of the file may hold line ends."""
    if not message.isprintable():
        message = "".join(one if one.isprintable() else repr(one)[1:-1] for one in message)
    return message if len(message) <= LONGEST else f"{message[:LONGEST]} …"
