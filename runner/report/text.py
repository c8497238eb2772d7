"""Text from outside made harmless: hidden characters are shown, markup escaped, long text cut."""

import re
from urllib.parse import quote

from runner.output import visible

__all__ = ["address", "block", "cut", "fence", "line", "markdown", "visible"]

CELL = 160
"""Characters of text from outside that a table's cell shows."""
ENTRY = 700
"""Characters of a table's entry: sections leave less, but for what nobody thought of."""
SLACK = 40
"""Characters that a cut has to save: its note takes half of them."""
LINE = 400
"""Characters of a traceback's line that are shown."""
LINES = 120
"""Lines of a traceback that are shown."""

_MARKUP = re.compile(r"[\\`*|$~\[\]!]")
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_INTERVAL = r"\[(?:[\d.,]+(?: [kMG])?–[\d.,]+(?: [kMG])?|too few rounds)\]"
_BLOCK = re.compile(r"^(\s*)([#+=>-]|\d+[.)](?=\s|$))")


def line(text: str, limit: int = CELL) -> str:
    """Return text from outside as one line that shows its breaks, cut at the limit with a note."""
    flat = " ↵ ".join(part.strip() for part in text.strip().splitlines())
    return cut(visible(flat), limit)


def cut(text: str, limit: int) -> str:
    """Return the text, or its beginning and how much is left out: SLACK characters at least."""
    if len(text) < limit + SLACK:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def block(text: str) -> str:
    """Return a traceback of bearable size: first and last lines, long lines cut, both said."""
    lines = [cut(visible(one, keep="\t"), LINE) for one in text.splitlines()]
    if len(lines) > LINES:
        head, tail = LINES // 3, LINES - LINES // 3
        gap = f"… ({len(lines) - LINES:,} lines left out)"
        lines = [*lines[:head], gap, *lines[-tail:]]
    return "\n".join(lines)


def markdown(text: str) -> str:
    """Return text that GitHub's Markdown shows unchanged, on one line.

    Escaped are HTML, table bars, emphasis, links, mathematics, mentions and autolinks; square
    brackets only where they could begin a link, so that intervals stay readable.
    """
    flat = visible(" ↵ ".join(text.splitlines()) if "\n" in text or "\r" in text else text)
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    flat = _MARKUP.sub(_escape, flat)
    flat = _EDGE_UNDERSCORE.sub(r"\\_", flat)
    flat = flat.replace("://", r"\://").replace("www.", r"www\.")
    flat = re.sub(r"@(?=\w)", "@<!-- -->", flat)
    if _BLOCK_NUMBER.match(flat):
        return re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", flat)
    return _BLOCK.sub(r"\1\\\2", flat)


_BLOCK_NUMBER = re.compile(r"^\s*\d+[.)](\s|$)")


def _escape(match: re.Match[str]) -> str:
    """Keep the brackets of an interval; escape the rest."""
    char, place, whole = match.group(), match.start(), match.string
    if char == "[":
        return char if re.match(_INTERVAL + r"(?!\()", whole[place:]) else r"\["
    if char == "]":
        opening = whole.rfind("[", 0, place)
        fine = opening >= 0 and re.fullmatch(_INTERVAL, whole[opening : place + 1])
        return char if fine and whole[place + 1 : place + 2] != "(" else r"\]"
    if char == "!":
        return r"\!" if whole[place + 1 : place + 2] == "[" else char
    if char == "~":
        return r"\~" if "~~" in whole else char
    return "\\" + char


def address(link: str) -> str:
    """Return a link's address with what would end it, or the line, percent-encoded."""
    return quote(link, safe="/:?&=#%@+,;~!$'*-._")


def fence(content: str) -> str:
    """Return a fence of backticks longer than any in the content."""
    longest = max((len(run) for run in re.findall(r"`+", content)), default=0)
    return "`" * max(3, longest + 1)
