"""Texts without what names a user or a machine: fit to be published."""

import html
import json
import os
import pwd
import re
import shlex
import socket
import urllib.parse
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import runner

SYSTEM = re.compile(
    r"/*(?:bin|dev|etc|home|lib|mnt|nonexistent|opt|proc|run|sbin|srv|tmp|usr|usr/\w+|var|Users)?"
)
"""Folders that are not a home, even if a daemon's entry in passwd says so."""
NOBODY = frozenset(
    ("admin", "app", "build", "builder", "ci", "container", "daemon", "docker", "harness", "host",
     "ipcmatrix", "localhost", "nobody", "python", "root", "runner", "test", "tests", "ubuntu",
     "user", "users", "vagrant", "worker")
)  # fmt: skip
"""Names of users and hosts that identify nobody, and occur in other paths too."""
FREE_TEXT = ("notes", "left_out", "places", "starts", "cell_facts", "sessions")
"""Entries of run.json with messages of engines and systems in them, which may name the host."""
LOGINS = ("USER", "LOGNAME", "SUDO_USER")
_PROJECT = f"{Path(runner.__file__).parent}/"
_OTHER_HOME = re.compile(r"(?<![\w.-])/(home|Users)/(?!\*)[^/\s'\":;,()<>\[\]]+")
_NEAR = 255


def tilde(text: str) -> str:
    """Return a text in which no path names a user, fit to be published.

    Homes are written `~`, those of others `/home/*`, and the user's name in other paths, in
    addresses and after the word user is `*`. Our own modules are written from `runner/` on. A
    second pass changes nothing. Bytes of a file's name that are not UTF-8 are written out: a report
    could not hold them.
    """
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    users = [os.environ[name] for name in LOGINS if os.environ.get(name)]
    homes = _homes_of(os.environ.get("HOME", ""), *users)
    text = text.replace(_PROJECT, "runner/")
    for pattern in _patterns(homes):
        text = pattern.sub("~", text)
    if "/" in text:
        text = _OTHER_HOME.sub(r"/\1/*", text)
    names = {*users, *(Path(one).name for one in homes)}
    with suppress(KeyError):
        names.add(pwd.getpwuid(os.getuid()).pw_name)

    def hidden(match: re.Match[str]) -> str:
        """Return * for a name in a path or an address, or one after `user`."""
        before = match.string[max(0, match.start() - _NEAR) : match.start()]
        after = match.string[match.end() : match.end() + _NEAR]
        placed = re.search(r"/[\w.+@~*-]*$|(?i:user|owner|login)\w*[\s:='\"]+$", before)
        return "*" if placed or re.match(r"[\w.+@~*-]*/|@", after) else match[0]

    for name in sorted(names):
        if len(name) > 1 and name.lower() not in NOBODY:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", hidden, text)
    return text


def anonymous(text: str) -> str:
    """Return a message of a system or a program as `tilde` does, without the host's name."""
    text = tilde(text)
    whole = socket.gethostname()
    for name in (whole, whole.partition(".")[0]):
        if len(name) > 1 and name.lower() not in NOBODY:
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])(?:\.[a-z][\w-]*)*", "*", text)
    return text


def published(run: Mapping[str, object]) -> dict[str, object]:
    """Return the entries of a run.json without names of users and of the host."""
    return {
        key: _mapped(value, anonymous if key in FREE_TEXT else tilde) for key, value in run.items()
    }


def argument(word: str) -> str:
    """Return a word of a command line, with paths as a reader needs them.

    A path in the current folder is written from there on, one in the home from `~` on; of any
    other the last name is left.
    """
    flag, equals, value = word.rpartition("=") if word.startswith("--") else ("", "", word)
    if "/" not in value or "://" in value:
        return tilde(word)
    path = os.path.abspath(value)  # noqa: PTH100 - resolve would follow links
    folder = os.getcwd()  # noqa: PTH109 - Path.cwd is the same
    if Path(path).is_relative_to(folder) and folder != "/":
        shown = os.path.relpath(path, folder)
    else:
        shown = tilde(path)
        shown = shown if shown.startswith("~") else Path(path).name
    return f"{flag}{equals}{tilde(shown)}"


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _mapped(one, change) for name, one in value.items()}
    return [_mapped(one, change) for one in value] if isinstance(value, list | tuple) else value


@lru_cache
def _homes_of(home: str, *users: str) -> tuple[str, ...]:
    given = [home]
    for uid in (os.getuid(), os.geteuid()):
        with suppress(KeyError):  # no entry in passwd
            given.append(pwd.getpwuid(uid).pw_dir)
    for user in users:
        with suppress(KeyError):
            given.append(pwd.getpwnam(user).pw_dir)
    absolute = [one.rstrip("/") for one in given if one.startswith("/") and one.strip("/")]
    found = {*absolute, *map(os.path.normpath, absolute), *map(os.path.realpath, absolute)}
    homes = (one for one in found if not SYSTEM.fullmatch(one))
    return tuple(sorted(homes, key=len, reverse=True))


@lru_cache
def _patterns(homes: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    found = []
    for home in homes:
        if not home.strip("/"):
            continue
        raw = os.fsencode(home)
        # The ways in which messages, JSON, shells and addresses spell a path.
        spelled = {
            home,
            *(spell(home)[1:-1] for spell in (repr, ascii, json.dumps, shlex.quote)),
            repr(raw)[2:-1],
            raw.decode("utf-8", "replace"),
            raw.decode("utf-8", "backslashreplace"),
            urllib.parse.quote(raw),
            html.escape(home),
        }
        either = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
        # /root is the end of other paths too; /home/ann is hers wherever it occurs.
        before = r"(?:(?<![\w.~*-])|(?<=-[A-Z]))" if home.count("/") == 1 else ""
        found.append(re.compile(rf"{before}(?:{either})(?![\w-]|\.\w)"))
    return tuple(found)
