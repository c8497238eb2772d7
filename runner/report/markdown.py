"""A document as GitHub's Markdown."""

import re
from collections.abc import Iterator
from dataclasses import replace

from tabulate import tabulate

from runner.report import text
from runner.report.document import Document, Entry, Picture, Section, Table

PICTURES = "pictures"
"""The folder, beside the report, that holds its pictures."""
_WIDE = 200
"""Characters of a line beyond which columns are not padded: GitHub shows no file over 512 KiB."""


def render(document: Document, image: str = "svg") -> str:
    """Return the whole report; `image` is the format, svg or png, of the pictures beside it."""
    parts = [f"# {text.markdown(document.title)}", text.markdown(document.subtitle)]
    notes: set[str] = set()
    for section in document.sections:
        if section.brief:
            parts.extend(_section(section, document, f"{PICTURES}/{{}}.{image}", notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section, document: Document, place: str, notes: set[str]) -> Iterator[str]:
    """Yield the parts of a section; notes that stand in `notes` above are not repeated.

    `place` is the path of a picture, but for its name.
    """
    if section is not document.sections[0]:  # what was found follows the title
        yield f"## {text.markdown(section.title)}"
    more = f" <sub>[more](report.html#{section.id})</sub>"
    more = more if section.details or section.excerpts else ""
    tables = []
    for one in section.tables:
        title = "" if section.title.startswith(one.title) else one.title
        tables.append(replace(one, title=title, note="" if one.note in notes else one.note))
        notes.add(one.note)
    captioned = bool(tables and tables[0].title)
    for sentence in section.sentences[:-1]:
        yield text.markdown(sentence)
    for sentence in section.sentences[-1:]:
        yield text.markdown(sentence) + ("" if captioned else more)
    if section.missing:
        yield f"*{section.missing}*"
    for one in tables[:1]:
        yield from table(one, more)
    for name in section.pictures:
        picture = document.picture(name)
        if picture is not None:
            yield _picture(picture, place)
    for one in tables[1:]:
        yield from table(one)
    if section.command:
        content = text.block(section.command)
        fence = text.fence(content)
        yield f"{fence}sh\n{content}\n{fence}"
    if not (captioned or section.sentences):
        yield more.strip()


def _picture(picture: Picture, place: str) -> str:
    alt = _attribute(picture.title)
    dark, light = (place.format(f"{picture.name}-{ground}") for ground in ("dark", "light"))
    return (
        "<picture>"
        f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img alt="{alt}" src="{light}">'
        "</picture>"
    )


def _attribute(value: str) -> str:
    """Return text for an HTML attribute; brackets and bars mean nothing there."""
    flat = text.visible(" ".join(value.split())).replace("&", "&amp;").replace('"', "&quot;")
    return flat.replace("<", "&lt;").replace(">", "&gt;")


def table(given: Table, more: str = "") -> Iterator[str]:
    """Return the parts of a table: its title and a link to more, the grid, and the note."""
    if given.title:
        yield f"**{text.markdown(given.title)}**{more}"
    # Every cell is text already, so that nothing is parsed as a number.
    drawn = tabulate(
        [[_cell(entry) for entry in row] for row in given.rows],
        headers=[
            "<br>".join(map(text.markdown, column.title.split("\n"))) for column in given.columns
        ],
        tablefmt="pipe",
        disable_numparse=True,
        colalign=[column.align for column in given.columns] if given.rows else None,
    )
    if drawn.find("\n") > _WIDE:
        drawn = re.sub(r" {2,}", " ", re.sub(r"-{3,}", "---", drawn))
    yield drawn
    if given.note:
        yield f"<sub>{text.markdown(given.note)}</sub>"


def _cell(entry: Entry) -> str:
    first = _linked(text.cut(entry.text, text.ENTRY), entry.link)
    if entry.links:
        first = ", ".join(_linked(*one) for one in entry.links)
    if entry.tone == "advised":
        first = f"**{first}**"
    if entry.anchor:
        first = f'<a id="{_attribute(entry.anchor)}"></a>{first}'
    return f"{first}<br>{text.markdown(entry.note)}" if entry.note else first


def _linked(words: str, link: str) -> str:
    first = text.markdown(words)
    return f"[{first}]({link})" if link and not link.startswith("#explore") else first
