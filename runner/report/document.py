"""What a section says, as plain values: markdown and page render the same ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Entry(NamedTuple):
    """A table's cell: its text, a second line, the number it sorts by, and its tone (a verdict).

    `link` is where the text leads (`#id`; `#explore?…` only the page knows), `anchor` the id by
    which others lead here. `links`, (text, link) each, are shown in place of a text that names
    several things.
    """

    text: str
    note: str = ""
    value: float | None = None
    tone: str = ""
    link: str = ""
    anchor: str = ""
    links: tuple[tuple[str, str], ...] = ()


class Column(NamedTuple):
    """A table's column: its title, of which report.md shows each line, and alignment."""

    title: str
    align: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of formatted text. `heads` first columns name the row; `note` explains the marks."""

    id: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Entry]]
    note: str = ""
    heads: int = 1


class Excerpt(NamedTuple):
    """Text from outside, of many lines, shown folded: a traceback, a matrix."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section: sentences, then pictures by name, then tables, then a command.

    These are in report.md and on the page; `details` and `excerpts` only on the page, folded.
    `missing` says what there is nothing to show of, and how to measure it: our own words only,
    with code between backticks. A section in which there is nothing is left out.
    """

    id: str
    title: str
    sentences: Sequence[str] = ()
    pictures: Sequence[str] = ()
    tables: Sequence[Table] = ()
    command: str = ""
    details: Sequence[Table] = ()
    excerpts: Sequence[Excerpt] = ()
    missing: str = ""

    @property
    def brief(self) -> bool:
        """Whether report.md has it."""
        return bool(self.sentences or self.tables or self.command or self.missing)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture: an SVG for light, one for dark backgrounds, and what it shows in words."""

    name: str
    title: str
    description: str
    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report, ready to be rendered."""

    title: str
    subtitle: str
    sections: Sequence[Section]
    pictures: Sequence[Picture] = field(default_factory=tuple)

    def picture(self, name: str) -> Picture | None:
        """Return the picture of that name, or None where it was not drawn."""
        return next((one for one in self.pictures if one.name == name), None)


def entries(*texts: str | Entry) -> list[Entry]:
    """Return a table's row from texts and entries."""
    return [one if isinstance(one, Entry) else Entry(one) for one in texts]


def two_lines(parts: Sequence[str], joint: str = " ") -> Entry:
    """Return a cell with the first part on one line and the others on a second."""
    return Entry(parts[0], joint.join(parts[1:]))
