"""What goes to the terminal: no text from outside controls it, and a closed reader does no harm.

`line` and `data` write to stdout, `say` to stderr. Text from outside (names of files and columns,
flags, YAML, answers of agents and engines) may be given to any of them unchanged.
"""

import io
import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from runner.errors import EnvironmentLacksError

if TYPE_CHECKING:
    from rich.console import Console

WORD = 300
"""Characters of an unbroken word in a message; more are a value that nobody typed."""
PATH = 4096
"""The same on stdout, where a path must be whole."""
LONGEST = 1000
"""Characters of a message's line."""
LINES = 120
"""Lines of a message."""
PLAIN = 80
"""Columns where stdout is no terminal."""

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Characters that show nothing and are of no hidden category."""


def visible(text: str, keep: str = "") -> str:
    r"""Return the text with control, bidi and zero-width characters written as \x1b or \u202e."""
    if text.isprintable() and text.isascii():
        return text
    hidden = {
        char
        for char in set(text) - set(keep)
        if unicodedata.category(char) in _HIDDEN or char in _BLANK
    }
    return "".join(_code(char) if char in hidden else char for char in text) if hidden else text


def _code(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char, f"\\x{number:02x}")
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def short(text: str, word: int = WORD, longest: int = LONGEST) -> str:
    """Return the text with long words, then itself, cut in the middle: its end says what to do."""
    if len(text) > word:
        text = re.sub(rf"\S{{{word + 1},}}", lambda match: _middle_cut(match[0], word), text)
    return _middle_cut(text, longest)


def _middle_cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    tail = limit // 4
    head = limit - tail - 40
    return f"{text[:head]}… ({len(text) - head - tail:,} characters) …{text[-tail:]}"


def line(text: object = "") -> None:
    """Write one line to stdout, even if the text has line breaks."""
    sys.stdout.write(short(visible(str(text)), PATH, 4 * PATH) + "\n")


def data(text: str) -> None:
    """Write a document to stdout as it is, with its own lines: JSON, Markdown."""
    text = "\n".join(visible(one, keep="\t") for one in text.split("\n"))
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def say(text: object, prefix: str = "ipcmatrix: ") -> None:
    """Write one line to stderr; a closed stderr is not an error."""
    try:
        sys.stderr.write(short(visible(f"{prefix}{text}")) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def complain(lines: Sequence[object]) -> None:
    """Write an error's lines to stderr."""
    for number, one in enumerate(lines[:LINES]):
        say(one, "" if number else "ipcmatrix: ")
    if len(lines) > LINES:
        say(f"… and {len(lines) - LINES:,} more lines", "")


def console(*, stderr: bool = False) -> "Console":
    """Return rich's console: colours and a moving line on a terminal, whatever variables ask for.

    It writes to the terminal past `visible`: what is printed on it has gone through that before.
    """
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    file = stream.raw_text if isinstance(stream, _Plain) else stream
    terminal = stream.isatty() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}
    made = Console(
        file=file if terminal else stream,
        force_terminal=terminal,
        force_interactive=terminal,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )
    made.width = max(made.width, 60) if terminal else PLAIN
    return made


class _Sink(io.FileIO):
    """A file that leads nowhere after its first error, so that flushing cannot fail."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            # `| head` has read enough, and if stderr fails there is nowhere to report it
            if isinstance(error, BrokenPipeError) or self.fileno() == 2:
                return len(data)
            message = f"stdout: {error.strerror}: make room, or write elsewhere"
            raise EnvironmentLacksError(message) from error


class _Plain(io.TextIOWrapper):
    """A stream on which even what goes past `line` and `say` (warnings, click) steers nothing."""

    raw_text: TextIO

    def write(self, text: str) -> int:
        return super().write(visible(text, keep="\n\t"))


def install() -> None:
    """Make stdout and stderr survive a closed reader, encode every character, and be escaped."""
    sys.stdout = _plain(sys.stdout, "replace")
    sys.stderr = _plain(sys.stderr, "backslashreplace")


def _plain(stream: Any, errors: str) -> Any:
    try:
        descriptor = stream.fileno()
        stream.flush()
    except (AttributeError, OSError, ValueError):  # none of the system's
        return stream
    buffer = io.BufferedWriter(_Sink(descriptor, "wb", closefd=False))
    how = {"encoding": stream.encoding, "errors": errors, "write_through": True}
    terminal = stream.isatty() or descriptor == 2
    made = _Plain(buffer, line_buffering=terminal, **how)
    made.raw_text = io.TextIOWrapper(buffer, line_buffering=terminal, **how)
    return made
