"""A document as GitHub's Markdown."""

import re
from collections.abc import Iterator, Sequence

from tabulate import tabulate

from runner.report import text
from runner.report.document import Document, Entry, Excerpt, Picture, Section, Table

_WIDE = 200
"""Characters of a line beyond which columns are not padded: GitHub shows no file over 512 KiB."""
_ALIGN = {"left": "left", "right": "right", "center": "center"}


def render(document: Document, pictures: str = "pictures") -> str:
    """Return the whole report; `pictures` is the folder, beside it, that holds the SVG files."""
    parts = [f"# {text.markdown(document.title)}", text.markdown(document.subtitle)]
    for section in document.sections:
        parts.extend(_section(section, document, pictures))
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section, document: Document, folder: str) -> Iterator[str]:
    yield f"## {text.markdown(section.title)}"
    if section.headlines:
        yield "\n".join(f"- {text.markdown(one)}" for one in section.headlines)
    for sentence in section.sentences:
        yield text.markdown(sentence)
    if section.missing:
        yield f"*{section.missing}*"
    yield from _pictures(section, document, folder)
    for one in section.tables:
        yield from table(one)
    for excerpt in section.excerpts:
        yield from _excerpt(excerpt)


def _pictures(section: Section, document: Document, folder: str) -> Iterator[str]:
    for name in section.pictures:
        picture = document.picture(name)
        if picture is not None:
            yield _picture(picture, folder)
    absent = undrawn(section, document)
    if absent:
        yield f"*{text.markdown(absent)}*"


def undrawn(section: Section, document: Document) -> str:
    """Say which pictures of a section could not be drawn for want of data; empty where all are."""
    if not document.pictures:
        return ""
    absent = [name for name in section.pictures if document.picture(name) is None]
    if not absent:
        return ""
    return f"Not drawn, since too little was measured for it: {', '.join(absent)}."


def _picture(picture: Picture, folder: str) -> str:
    alt = _attribute(picture.description)
    dark, light = (f"{folder}/{picture.name}-{ground}.svg" for ground in ("dark", "light"))
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{dark}">\n'
        f'  <img alt="{alt}" src="{light}">\n'
        "</picture>"
    )


def _attribute(value: str) -> str:
    """Return text for an HTML attribute; brackets and bars mean nothing there."""
    flat = text.visible(" ".join(value.split())).replace("&", "&amp;").replace('"', "&quot;")
    return flat.replace("<", "&lt;").replace(">", "&gt;")


def table(given: Table) -> Iterator[str]:
    """Return the parts of a table: its title, the grid, and the note; folded where it says so."""
    body = grid([column.title for column in given.columns], given)
    note = f"<sub>{text.markdown(given.note)}</sub>" if given.note else ""
    if not given.folded:
        yield f"**{text.markdown(given.title)}**"
        yield body
        if note:
            yield note
        return
    yield f"<details><summary>{_attribute(given.title)}</summary>"
    yield body
    if note:
        yield note
    yield "</details>"


def grid(titles: Sequence[str], given: Table) -> str:
    """Return the bare table: every cell text already, so that nothing is parsed as a number."""
    drawn = tabulate(
        [[_cell(entry) for entry in row] for row in given.rows],
        headers=[text.markdown(title) for title in titles],
        tablefmt="pipe",
        disable_numparse=True,
        colalign=[_ALIGN[column.align] for column in given.columns] if given.rows else None,
    )
    if drawn.find("\n") <= _WIDE:
        return drawn
    return re.sub(r" {2,}", " ", re.sub(r"-{3,}", "---", drawn))


def _cell(entry: Entry) -> str:
    first = _linked(text.cut(entry.text, text.ENTRY), entry.link)
    if entry.links:
        first = ", ".join(_linked(*one) for one in entry.links)
    if entry.anchor:
        first = f'<a id="{_attribute(entry.anchor)}"></a>{first}'
    return f"{first}<br>{text.markdown(entry.note)}" if entry.note else first


def _linked(words: str, link: str) -> str:
    first = text.markdown(words)
    return f"[{first}]({link})" if link and not link.startswith("#explore") else first


def _excerpt(excerpt: Excerpt) -> Iterator[str]:
    content = text.block(excerpt.text)
    fence = text.fence(content)
    yield f"<details><summary>{_attribute(excerpt.title)}</summary>"
    yield f"{fence}{excerpt.language}\n{content}\n{fence}"
    yield "</details>"
