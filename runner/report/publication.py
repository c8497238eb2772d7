"""From findings to files: the one place of the report that writes."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from runner.files import Drafts
from runner.report import explorer, finding, markdown, page, tables
from runner.report.document import Document, Picture, Section
from runner.report.markdown import PICTURES
from runner.report.sections import SECTIONS, Addition, with_added
from runner.report.view import View
from runner.results import ROWS, Findings

FORMATS = ("md", "svg", "html", "tables")
"""What is written unless something else is asked for."""
IMAGES = ("svg", "png")
"""The formats of pictures."""
TABLES = "tables"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_OURS = {
    PICTURES: re.compile(rf"[a-z0-9_-]+-(?:light|dark)\.(?:{'|'.join(IMAGES)})"),
    TABLES: re.compile(rf"(?:{'|'.join(ROWS)}|{tables.STUDY}[a-z_]+)\.(?:csv|json)"),
    f"{TABLES}/shown": re.compile(r"[a-z0-9_-]+\.(?:csv|json)"),
}
"""What a report calls its own in each folder, of which an earlier one may have left some."""


def write(
    findings: Findings,
    folder: Path,
    *,
    formats: Sequence[str] = FORMATS,
    more: Mapping[str, str] = _NOTHING,
    additions: Sequence[Addition] = (),
) -> Sequence[Path]:
    """Write the report into the folder and return what was written, in the order of writing.

    `md` is report.md, `svg` and `png` the pictures that it and the page embed, `html` report.html,
    `tables` a CSV and a JSON of every table; `more` are further files, by their paths in the
    folder, and `additions` what studies say. The same findings give the same bytes. Pictures and
    tables of an earlier report that this one does not have are removed.
    """
    known = dict.fromkeys((*FORMATS, *IMAGES))
    unknown = sorted(set(formats) - set(known))
    if unknown:
        message = f"report formats {', '.join(unknown)} are unknown: {', '.join(known)} are"
        raise ValueError(message)
    view = View(findings)
    images = [one for one in IMAGES if one in formats]
    pictures = draw_pictures(view) if images else ()
    document = compose(view, pictures, with_added(additions))
    files: dict[str, str | bytes] = {}
    if "md" in formats:
        files["report.md"] = markdown.render(document, *images[:1])
    if "html" in formats:
        files["report.html"] = page.render(document, partial(explorer.data, view))
    files |= _pictures(document.pictures, images)
    if "tables" in formats:
        rows = {name: given for added in additions for name, given in added.tables.items()}
        written = tables.files(view, document, rows)
        files |= {f"{TABLES}/{name}": text for name, text in written.items()}
    return _place({**files, **more}, folder)


def page_of(findings: Findings, additions: Sequence[Addition] = ()) -> str:
    """Return report.html for a site: with its pictures inside, and without other files."""
    view = View(findings)
    document = compose(view, draw_pictures(view), with_added(additions))
    return page.render(document, partial(explorer.data, view), tables=False)


def compose(
    view: View,
    pictures: Sequence[Picture] = (),
    sections: Sequence[Callable[[View], Section]] = SECTIONS,
) -> Document:
    """Return the whole report as values."""
    found = finding.find(view)
    every = [section(view) for section in sections]
    written = [one for one in every if one.brief or one.details or one.excerpts]
    # A picture that no section shows, since its tables are missing, would be unexplained.
    named = {name for section in written for name in section.pictures}
    shown = [picture for picture in pictures if picture.name in named]
    return Document(found.title, found.context, written, shown)


def draw_pictures(view: View) -> Sequence[Picture]:
    """Return the pictures for which there is data; only this loads the charts library."""
    from runner.report.pictures.gallery import draw

    return draw(view)


def _pictures(pictures: Sequence[Picture], images: Sequence[str]) -> Mapping[str, str | bytes]:
    files: dict[str, str | bytes] = {}
    for one in pictures:
        for ground, svg in (("light", one.light), ("dark", one.dark)):
            if "svg" in images:
                files[f"{PICTURES}/{one.name}-{ground}.svg"] = svg
            if "png" in images:
                from runner.report.pictures.render import png

                files[f"{PICTURES}/{one.name}-{ground}.png"] = png(svg)
    return files


def _place(files: Mapping[str, str | bytes], folder: Path) -> list[Path]:
    """Write all files, and put them in their places once the last is written."""
    with Drafts(folder) as drafts:
        paths = [drafts.write(name, content) for name, content in files.items()]
    with Drafts(folder) as drafts:
        for where, pattern in _OURS.items():
            if any(name.startswith(f"{where}/") for name in files):
                for name in filter(pattern.fullmatch, drafts.names(where)):
                    if f"{where}/{name}" not in files:
                        drafts.remove(f"{where}/{name}")
    return paths
