"""The text of a matrix file, or the reason why it cannot be read."""

import stat
from pathlib import Path

from runner.matrix.mistakes import START, Mistakes, Place

MOST_BYTES = 1_000_000
"""A matrix of a million bytes is a mistake; it is refused without being read."""


def read_text(path: Path) -> str:
    """Return the file's text; BadInputError if it is not a text file or too large."""
    mistakes = Mistakes(str(path))
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            mistakes.fatal(START, f"this is a directory; give a file, as in {path / 'matrix.yaml'}")
        if not stat.S_ISREG(facts.st_mode):
            mistakes.fatal(START, "this is not a regular file; give a YAML file")
        _refuse_large(mistakes, facts.st_size)
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        mistakes.fatal(START, f"cannot be read ({reason}); name the file with --matrix FILE")
    except ValueError:
        mistakes.fatal(START, "not a file name; name the file with --matrix FILE")
    _refuse_large(mistakes, len(content))
    if b"\0" in content:
        before = content[: content.index(b"\0")]
        mistakes.fatal(_end_of(before), "this is a binary file; a matrix is YAML text in UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _end_of(error.object[: error.start])
        byte = error.object[error.start]
        mistakes.fatal(place, f"byte 0x{byte:02x} is not UTF-8; save the file as UTF-8")


def _refuse_large(mistakes: Mistakes, size: int) -> None:
    if size > MOST_BYTES:
        found = f"the file has {size:,} bytes or more"
        mistakes.fatal(START, f"{found}; a matrix has at most {MOST_BYTES:,}")


def _end_of(before: bytes) -> Place:
    last = before.rpartition(b"\n")[2]
    return Place(before.count(b"\n") + 1, len(last.decode("utf-8", "replace")) + 1)
