"""A document as one self-contained page: no request to anywhere, readable without its script."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import jinja2
from markupsafe import Markup

from runner.report import text
from runner.report.document import Document
from runner.report.pictures.theme import properties, themed

_TEMPLATES = Path(__file__).parent / "templates"


LIMIT = 1_960_000
"""Bytes that a page should not exceed: what its script reads is cut to fit, where it can be."""
_DATA = "\x00"
"""Stands for the data while the rest is made; no text of a page can hold it."""


def render(document: Document, data: Callable[[int], str], tables: bool = True) -> str:
    """Return the page; `data` gives the JSON for its script, in so many characters if it can.

    `tables`: whether the figures' tables are next to it.
    """
    script = "".join(_read(f"{name}.js") for name in ("tables", "trials", "explorer"))
    html = (
        environment()
        .get_template("page.html.j2")
        .render(
            document=document,
            tables=tables,
            drawn=lambda picture: Markup(themed(picture.light)),
            style=Markup(style()),
            script=Markup(script),
            policy=policy(script),
            data=Markup(_DATA),
        )
    )
    return html.replace(_DATA, data(LIMIT - len(html.encode())))


def environment() -> jinja2.Environment:
    """Return what renders our templates: every text escaped, what hides in it shown."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"block": text.block, "code": _code}
    return made


def _harmless(value: object) -> object:
    """Show hidden characters of every text that the template prints."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return text.visible(value, keep="\n\t")
    return value


def _code(words: str) -> Markup:
    """Return our own words with what is between backticks as code."""
    parts = words.split("`")
    marked = [
        Markup("<code>{}</code>").format(one) if at % 2 else one for at, one in enumerate(parts)
    ]
    return Markup("").join(marked)


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def style() -> str:
    """Return the style of every page, readable on a light and a dark background and in print."""
    light, dark = properties(dark=False), properties(dark=True)
    variables = f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"
    printed = f"@media print{{:root{{{light}}}}}\n"
    return variables + _read("page.css") + printed


def policy(script: str = "") -> str:
    """Return a policy that allows this script by its digest, inline style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"script-src 'sha256-{digest}'; " if script else ""
    return (
        f"default-src 'none'; {allowed}style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )
