"""The words that a matrix may use on each axis, and the check of each value."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import accumulate
from typing import Self

from runner.matrix.quantities import refuse, shown, text_of, whole
from runner.model import AUTO, FOUND, FRESH, NEWEST, OLDEST, Catalogue, Names, python_name

VERSION = (
    r"^(python|pypy|graalpy|graalvm|pyston|rustpython)?[23]\.[0-9]{1,2}(\.[0-9]{1,3})?"
    r"((a|b|rc)[0-9]{1,2})?([tdmu]{0,3}|-(dbg|debug|nogil|freethreading))$"
)
NAME = r"^[a-z][a-z0-9_]*$"
PARAMETRIC = r"^[a-z][a-z0-9_]*(:([0-9]+(x[0-9]+)*|[0-9]+us(~exp)?))?$"
FILE = (
    r"(\./)?([A-Za-z0-9_][A-Za-z0-9_.-]{0,60}/){0,8}[A-Za-z0-9_][A-Za-z0-9_-]{0,60}\.(py|pkl|json)"
)
"""A file of the user's own: next to the matrix file, or in a folder below."""
PAYLOAD = rf"^({FRESH})?({PARAMETRIC[1:-1]}|{FILE}(:[A-Za-z_][A-Za-z0-9_]*)?)$"
PARAMETERS = {
    "shape": (r"[1-9][0-9]{0,9}(x[1-9][0-9]{0,9}){0,7}", "sides joined by x, as in 400x400x3"),
    "work": (
        r"[1-9][0-9]{0,6}us(~exp)?",
        "microseconds from 1 on, as in 50us, or 50us~exp where it differs from message to message",
    ),
    "": (r"[1-9][0-9]{0,9}", "a number from 1 on, as in 100"),
}
"""A parameter's allowed values and an example, by the first word of the harness's description."""
MOST_WORKERS = 1024
MOST_GUESSED = 64
"""Characters of a name, and names to choose from, up to which the nearest is looked for."""
MOST_LISTED = 400
"""Characters of known names that a message lists."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that the harness and the tables of executors and studies know.

    `transports`, `payloads` and `topologies` map a name to what its parameter means
    (`characters`), or to "" if it takes none. Every parameter has a default. `catalogue` knows
    their labels, which the command line takes for names.
    """

    transports: Mapping[str, str]
    payloads: Mapping[str, str]
    topologies: Mapping[str, str]
    start_methods: tuple[str, ...]
    placements: tuple[str, ...]
    executors: tuple[str, ...]
    studies: tuple[str, ...] = ()
    catalogue: Catalogue = field(default_factory=Catalogue)

    @classmethod
    def of(cls, names: Names, executors: Iterable[str], studies: Iterable[str] = ()) -> Self:
        """Return the vocabulary of a harness, as one interpreter says it, and of the tables."""

        def meanings(axis: str) -> dict[str, str]:
            return {one.name: one.parameter for one in names.registry[axis]}

        return cls(
            transports=meanings("transport"),
            payloads=meanings("payload"),
            topologies=meanings("topology"),
            start_methods=tuple(names.start_methods),
            placements=tuple(names.placements),
            executors=tuple(executors),
            studies=tuple(studies),
            catalogue=Catalogue.united([names.registry]),
        )


Check = Callable[[object, Vocabulary], str]
"""Takes a value of the file, returns its one spelling; its ValueError says what is allowed."""


def nearest(name: str, known: Sequence[str]) -> str:
    """Return `did you mean …? known: …` for a message about an unknown name."""
    small = len(name) <= MOST_GUESSED and len(known) <= MOST_GUESSED
    close = get_close_matches(name, known, n=3, cutoff=0.6) if small else []
    guess = f"did you mean {' or '.join(close)}? " if close else ""
    ends = accumulate(len(one) + len(", ") for one in known[:MOST_GUESSED])
    listed = known[: sum(end <= MOST_LISTED for end in ends)]
    rest = f" and {len(known) - len(listed):,} more" if len(listed) < len(known) else ""
    return f"{guess}known: {', '.join(listed) or 'none'}{rest}"


def known_name(value: object, known: Sequence[str], what: str, more: str = "") -> str:
    """Return the value if it is a known name; the message of an unknown one ends in `more`."""
    text = text_of(value, f"the name of a {what}")
    if text not in known:
        refuse(f"unknown {what} {shown(text)}", lambda: nearest(text, known) + more)
    return text


def parametric_name(value: object, known: Mapping[str, str], what: str) -> str:
    """Return the value if it is a known name, with its parameter after a colon if it takes one."""
    text = text_of(value, f"the name of a {what}")
    name, colon, parameter = text.partition(":")
    known_name(name or text, tuple(known), what, "; one of your own: name its file under plugins")
    if colon and not known[name]:
        refuse(f"{shown(text)}: {what} {name} takes no parameter", f"write {name}")
    kind = re.split(r"\W", known[name])[0]
    form, example = PARAMETERS.get(kind, PARAMETERS[""])
    if colon and not re.fullmatch(form, parameter):
        refuse(f"{shown(text)}: {shown(parameter)} is not valid for {known[name]}", example)
    return text


def looks_like_file(payload: str) -> bool:
    """Return whether a value of the axis payload is meant to be a file of the user's own."""
    path = payload.removeprefix(FRESH).partition(":")[0]
    return "/" in path or path.endswith((".py", ".pkl", ".json"))


def plugin(value: object) -> str:
    """Return the path of a plug-in's file below the matrix's folder, as in ./my_transports.py."""
    path = text_of(value, "a file of your own, as in ./my_transports.py")
    if not re.fullmatch(FILE, path) or not path.endswith(".py"):
        refuse(
            f"{shown(path)} is not a file of your own",
            "write ./my_transports.py: a file next to the matrix file or below it, its name of "
            "letters, digits, _ and -",
        )
    return f"./{path.removeprefix('./')}"


def file_and_function(payload: str) -> tuple[str, str]:
    """Return the path below the matrix's folder, `./messages.py`, and the function, "" for data."""
    path, _, function = payload.removeprefix(FRESH).partition(":")
    if not re.fullmatch(FILE, path) or bool(function) != path.endswith(".py"):
        refuse(f"{shown(payload)} is not a message of your own", _MESSAGES)
    if function and not function.isidentifier():
        refuse(f"{shown(payload)}: {shown(function)} is not the name of a function", _MESSAGES)
    return f"./{path.removeprefix('./')}", function


_MESSAGES = (
    "write ./messages.py:order (a function), ./message.pkl or ./message.json: a file next to the "
    "matrix file or below it, its name of letters, digits, _ and -"
)


def payload(value: object, vocabulary: Vocabulary) -> str:
    """Return the name of a payload; that of a file of the user's own without its folder."""
    text = text_of(value, "the name of a payload")
    fresh = FRESH if text.startswith(FRESH) else ""
    text = text.removeprefix(FRESH)
    if not looks_like_file(text):
        return fresh + parametric_name(text, vocabulary.payloads, "payload")
    path, function = file_and_function(text)
    name = path.rpartition("/")[2]
    full = f"{name}:{function}" if function else name
    return fresh + known_name(full, tuple(vocabulary.payloads), "payload")


def version(value: object, vocabulary: Vocabulary | None = None) -> str:
    """Return the name of one interpreter, as in 2.7, 3.11, 3.11.7, 3.14t, 3.11d or pypy3.11."""
    del vocabulary  # interpreters are checked by their form: a missing one is not a mistake
    text = text_of(value, "an interpreter such as 3.11")
    if text in STANDING:
        many = "many interpreters" if text == FOUND else "an interpreter that is found"
        refuse(f"{text!r} means {many}", "name one here, such as 3.11")
    if not re.fullmatch(VERSION, text):
        refuse(f"{shown(text)} is not an interpreter", _INTERPRETERS)
    return python_name(text)


def version_or_standing(value: object, vocabulary: Vocabulary | None = None) -> str:
    """Return the name of one interpreter, or one of STANDING."""
    del vocabulary
    text = text_of(value, "an interpreter such as 3.11, or found")
    if text not in STANDING and not re.fullmatch(VERSION, text):
        close = nearest(text, STANDING).partition("known")[0]
        refuse(f"{shown(text)} is not an interpreter", f"{close}{_INTERPRETERS}")
    return text if text in STANDING else python_name(text)


STANDING = (FOUND, OLDEST, NEWEST)
"""What means interpreters of this machine in lists of the axis python."""
_INTERPRETERS = "2.7, 3.11, 3.11.7, 3.14t, pypy2.7, pypy3.11, or found in the axis python"


def workers(value: object, vocabulary: Vocabulary | None = None) -> str:
    """Return the number of workers as plain digits."""
    del vocabulary
    return str(whole(value, 1, MOST_WORKERS))


def messages(value: object, vocabulary: Vocabulary | None = None) -> str:
    """Return the number of messages as plain digits, or `auto`."""
    del vocabulary
    if value == AUTO:
        return AUTO
    try:
        return str(whole(value, least=1))
    except ValueError as error:
        message = f"{error}, or {AUTO}"
        raise ValueError(message) from None


CHECKS: Mapping[str, Check] = {
    "executor": lambda value, known: known_name(value, known.executors, "executor"),
    "study": lambda value, known: known_name(value, known.studies, "study"),
    "python": version,
    "transport": lambda value, known: parametric_name(value, known.transports, "transport"),
    "payload": payload,
    "topology": lambda value, known: parametric_name(value, known.topologies, "topology"),
    "workers": workers,
    "start_method": lambda value, known: known_name(
        value,
        ("default", *(name for name in known.start_methods if name != "default")),
        "start method",
    ),
    "placement": lambda value, known: known_name(value, known.placements, "placement"),
    "messages": messages,
}
"""The check of one value of each axis, of an executor or a study; only lists take STANDING."""

AXIS_CHECKS: Mapping[str, Check] = {**CHECKS, "python": version_or_standing}
"""The check of each value where an axis is listed."""
