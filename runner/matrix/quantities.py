"""Numbers as people write them: durations, percentages, sizes and whole numbers.

Each function takes the file's text and returns the number, or raises a ValueError that says what
is wrong and what is allowed.
"""

import math
import re
from collections.abc import Callable
from typing import NoReturn, TypeVar

DURATION = r"^([0-9]+(\.[0-9]+)?|\.[0-9]+) ?(us|ms|s|m|h)$"
FRACTION = r"^([0-9]+(\.[0-9]+)?|\.[0-9]+) ?%?$"
SIZE = r"^[0-9]+(\.[0-9]+)? ?(B|kB|MB|GB|KiB|MiB|GiB)$"
WHOLE = r"^(0|[1-9][0-9]*|[1-9][0-9]{0,2}(_[0-9]{3})+|[1-9][0-9]*e[0-9]{1,2})$"
CPUSET = r"^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$"
NUMBER = r"^([0-9]+(\.[0-9]+)?|\.[0-9]+)$"
REPOSITORY = r"^[A-Za-z0-9][A-Za-z0-9.-]{0,100}(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*){1,8}$"
NONE = "none"
"""The word for a limit that is not set."""

LONGEST = 200
"""Characters of a value that a message repeats."""

T = TypeVar("T")
Said = str | Callable[[], str]
"""A part of a message, or what makes it: thousands of values may be wrong, and few are shown."""

LEAST_FRACTION = 1e-6
"""The smallest precision, margin or load: near 0 the rounds that are needed would overflow."""

MOST_CORE = 8191
"""The highest number that a core may have: Linux counts at most 8192 of them."""

_YEAR = 365 * 86400
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
BYTES = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}


class RefusedError(ValueError):
    """An impossible value: what is wrong and what is allowed, made when it is shown."""

    def __init__(self, what: Said, allowed: Said) -> None:
        super().__init__(what, allowed)

    def __str__(self) -> str:
        """Return both, as a message has them."""
        return "; ".join(part if isinstance(part, str) else part() for part in self.args)


def shown(text: str) -> str:
    """Return the text in quotes, cut where it is longer than any value could be."""
    return repr(text) if len(text) <= LONGEST else f"{text[:LONGEST]!r}… ({len(text):,} characters)"


def kind(value: object) -> str:
    """Describe a value of the file in words."""
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case "":
            return "nothing"
        case _:
            return shown(str(value))


def text_of(value: object, allowed: str) -> str:
    """Return the value if it is text; ValueError names what is allowed instead."""
    if not isinstance(value, str) or not value:
        refuse(f"expected {allowed}, found {kind(value)}", f"write {allowed}")
    return value


def refuse(what: Said, allowed: Said) -> NoReturn:
    """Raise the ValueError that says what is wrong and what is allowed."""
    raise RefusedError(what, allowed)


def duration(value: object, least: float = 1e-6) -> float:
    """Return the seconds of `80ms`, `5s`, `3m` or `1h`."""
    text = text_of(value, "a duration such as 80ms, 5s, 3m or 1h")
    found = re.fullmatch(DURATION, text)
    if not found:  # propose the number itself with each unit that it may have
        number = float(text) if re.fullmatch(NUMBER, text) else math.nan
        units = [one for one in ("s", "ms") if least <= number * _SECONDS[one] <= _YEAR]
        allowed = " or ".join(f"{text}{unit}" for unit in units)
        refuse(
            f"{shown(text)} is not a duration with a unit",
            f"write {allowed}" if allowed else "80ms, 5s, 3m or 1h",
        )
    seconds = float(found[1]) * _SECONDS[found[3]]
    if not least <= seconds <= _YEAR:
        shortest = f"{round(least * 1e6)}us" if least else "0s"
        refuse(f"{shown(text)} is out of range", f"at least {shortest} and at most a year, 8760h")
    return seconds


def fraction(value: object, most: float = 1.0) -> float:
    """Return the fraction of `5%` or `0.05`, from LEAST_FRACTION to `most`."""
    text = text_of(value, "a percentage such as 5% or 0.05")
    if not re.fullmatch(FRACTION, text):
        refuse(f"{shown(text)} is not a percentage", "write 5% or 0.05")
    number = float(text.rstrip("% "))
    share = number / 100 if text.endswith("%") else number
    if not LEAST_FRACTION <= share <= most:
        allowed = f"from {LEAST_FRACTION * 100:.4f} % to {most * 100:g} %, as in 5% or 0.05"
        refuse(f"{shown(text)} means {share * 100:g} %", allowed)
    return share


def size(value: object) -> int:
    """Return the bytes of `2GiB` or `256MiB`."""
    text = text_of(value, "a size such as 256MiB or 2GiB")
    found = re.fullmatch(SIZE, text)
    if not found:
        refuse(f"{shown(text)} is not a size with a unit", f"a number and {', '.join(BYTES)}")
    number = text.removesuffix(found[2]).strip()
    count = float(number) * BYTES[found[2]]
    if not 1 <= count <= 2**50:
        refuse(f"{shown(text)} is out of range", "at least 1B and at most 2^50 bytes")
    return int(count)


def whole(value: object, least: int = 0, most: int = 10**9) -> int:
    """Return the whole number of `10000`, `10_000` or `1e4`."""
    text = text_of(value, "a whole number")
    spellings = ", as in 10000, 10_000 or 1e4" if most > 10**4 else ""
    allowed = f"a whole number from {least} to {most}{spellings}"
    if not re.fullmatch(WHOLE, text):
        reason = (
            "has a leading zero" if re.fullmatch(r"^0[0-9]+$", text) else "is not a whole number"
        )
        refuse(f"{shown(text)} {reason}", allowed)
    digits, _, power = text.partition("e")
    if len(digits) > 30:
        refuse("the number is out of range", allowed)
    number: int = int(digits) * 10 ** int(power or 0)
    if not least <= number <= most:
        refuse(f"{shown(text)} is out of range", allowed)
    return number


def number(value: object, least: float, most: float) -> float:
    """Return the plain number of `10` or `2.5`."""
    text = text_of(value, "a number")
    if not re.fullmatch(NUMBER, text) or not least <= float(text) <= most:
        refuse(f"{shown(text)} is not allowed", f"a number from {least:g} to {most:.0f}")
    return float(text)


def cpuset(value: object) -> str:
    """Return a list of cores such as `0-1` or `0,2`."""
    text = text_of(value, "cores such as 0-1 or 0,2")
    if not re.fullmatch(CPUSET, text):
        refuse(f"{shown(text)} is not a list of cores", "write 0-1 or 0,2")
    for part in text.split(","):
        first, _, last = part.partition("-")
        if any(len(core) > 9 or int(core) > MOST_CORE for core in (first, last or first)):
            refuse(f"{shown(text)} names a core above {MOST_CORE}", f"cores from 0 to {MOST_CORE}")
        if last and int(last) < int(first):
            refuse(f"{shown(part)} ends before it begins", f"write {last}-{first}")
    return text


def repository(value: object) -> str:
    """Return the name of a repository such as `registry.example/me/ipcmatrix`, without a tag."""
    text = text_of(value, "a repository, as registry.example/me/ipcmatrix")
    if len(text) > LONGEST or not re.fullmatch(REPOSITORY, text):
        example = "HOST/NAME without scheme and tag, as registry.example/me/ipcmatrix"
        refuse(f"{shown(text)} is not a repository", example)
    return text


def unless_none(read: Callable[[object], T]) -> Callable[[object], T | None]:
    """Return a reader that gives None for the word `none`, and else what `read` gives."""
    return lambda value: None if value == NONE else read(value)
