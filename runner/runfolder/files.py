"""The files of a run folder: regular ones, each of them read, none of them behind a link."""

import os
from pathlib import Path
from typing import BinaryIO

from runner.errors import BadInputError
from runner.files import open_regular

TRIALS = "trials"
PACKED = (".gz", ".bz2", ".xz", ".zip", ".zst")
RESTORE = "restore the file from a copy of the run"
CARRIAGE_RETURN = (
    "the line ends with CR LF, the journal writes LF alone: turn the ends of lines back (git's "
    "core.autocrlf and some editors change them)"
)


def restore(path: Path, what: str, line: int = 0) -> BadInputError:
    """Return the error that says what is wrong with a file of a run, and to restore it."""
    where = f"{path}:{line}" if line else str(path)
    return BadInputError(f"{where}: {what}: {RESTORE}")


def opened(path: Path) -> BinaryIO:
    """Return a regular file, open for reading; BadInputError for anything that is none.

    A link may lead out of the run, a pipe would keep its reader waiting for ever, and a device has
    no end.
    """
    try:
        return os.fdopen(open_regular(path), "rb")
    except OSError as error:
        raise restore(path, error.strerror or "cannot be read") from error


def text_of(path: Path) -> str:
    """Return the text of a regular file in UTF-8; BadInputError says why there is none."""
    try:
        with opened(path) as file:
            return file.read().decode()
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from error
    except OSError as error:
        raise restore(path, error.strerror or "cannot be read") from error


def not_utf8(path: Path, error: UnicodeDecodeError) -> BadInputError:
    """Return the error that tells the line and byte at which a whole file is no UTF-8."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return restore(path, f"byte 0x{error.object[error.start]:02x} is not UTF-8", line)


def trials_files(folder: Path) -> list[Path]:
    """Return the trials files of a run, sorted.

    BadInputError where the folder of trials is gone, a file or a link, and for a file that is
    there only packed.
    """
    place = folder / TRIALS
    if place.is_symlink() or not place.is_dir():
        kind = "link" if place.is_symlink() else "file" if place.exists() else ""
        gone = "the folder of trials is gone"
        raise restore(place, f"is a {kind}, not the folder of trials" if kind else gone)
    found = sorted(place.glob("*.csv"))
    for path in sorted(place.iterdir()):
        if (
            path.suffix in PACKED
            and path.stem.endswith(".csv")
            and path.with_suffix("") not in found
        ):
            message = f"{path}: is packed, and would not be read: unpack it beside, as {path.stem}"
            raise BadInputError(message)
    return found
