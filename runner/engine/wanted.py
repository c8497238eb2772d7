"""Which engine the environment names, by the rules of Docker's own command line.

DOCKER_HOST goes before DOCKER_CONTEXT, this before the current context of config.json, and only
where none of them names an engine the default socket is meant. What is named and cannot be used
is an error: no other engine ever takes its place.
"""

import hashlib
import importlib.util
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from docker.errors import DockerException
from docker.tls import TLSConfig

from runner.errors import EnvironmentLacksError
from runner.process import tilde

DEFAULT_ADDRESS: Final = "unix:///var/run/docker.sock"
LONGEST: Final = 200
"""Characters that a message shows of an address."""
WHAT_TO_DO: Final = (
    "Name an engine as unix:///PATH, tcp://HOST:PORT or ssh://USER@HOST, "
    "or measure with `--executor local`"
)


class AddressError(EnvironmentLacksError):
    """The environment names something that is not an engine's address."""


class EngineAddress(NamedTuple):
    """An engine's address, where it is set, and the certificates by which it is trusted."""

    url: str
    source: str
    tls: TLSConfig | None = None

    def __str__(self) -> str:
        """Return the address and where it came from, fit for a message."""
        return f"{_shown(self.url)} ({self.source})"


def wanted_address(environment: Mapping[str, str] | None = None) -> EngineAddress:
    """Return the address that the environment names; AddressError says what is wrong with it."""
    known = os.environ if environment is None else environment
    named = known.get("DOCKER_CONFIG", "")
    home = os.path.expanduser("~")  # noqa: PTH111 - Path's raises where there is none
    found = Path(named or f"{home}/.docker")
    folder = found if named or found.is_absolute() else None
    url, source = known.get("DOCKER_HOST", ""), "DOCKER_HOST"
    if not url:
        name, source = known.get("DOCKER_CONTEXT", ""), "DOCKER_CONTEXT"
        if not name and folder is not None and os.path.lexists(folder / "config.json"):
            source = f"currentContext in {_path(folder / 'config.json')}"
            name = _json(folder / "config.json", "").get("currentContext") or ""
            if not isinstance(name, str):
                raise _unusable(source, "the name of a context is a text")
        if name not in ("", "default"):
            return _of_context(name, source, folder)
        url, source = DEFAULT_ADDRESS, "the default"
    address = _checked(url, source)
    verify, place = known.get("DOCKER_TLS_VERIFY", ""), known.get("DOCKER_CERT_PATH")
    if not verify and not place:
        return EngineAddress(address, source)
    origin = (
        f"{_shown(url)} ({source}) with {'DOCKER_TLS_VERIFY' if verify else 'DOCKER_CERT_PATH'}"
    )
    where = Path(place) if place else folder
    if where is None:
        raise _unusable(origin, "there is no home folder, and DOCKER_CERT_PATH names no other")
    return EngineAddress(address, source, _tls(where, bool(verify), origin))


def _of_context(name: str, source: str, folder: Path | None) -> EngineAddress:
    origin = f"the context '{_shown(name)}' of {source}"
    if folder is None:
        raise _unusable(origin, "there is no home folder, and DOCKER_CONFIG names no other")
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    meta = folder / "contexts" / "meta" / digest / "meta.json"
    if not os.path.lexists(meta):
        raise _unusable(origin, f"the context is unknown: {_path(meta)} does not exist")
    known: Any = _json(meta, origin)
    for part in ("Endpoints", "docker"):
        known = known.get(part)
        if not isinstance(known, dict):
            raise _unusable(origin, f"{_path(meta)} names no endpoint `docker`")
    host, skips = known.get("Host"), known.get("SkipTLSVerify", False)
    if not isinstance(host, str) or not isinstance(skips, bool):
        raise _unusable(origin, f"Host or SkipTLSVerify in {_path(meta)} is missing or useless")
    url = _checked(host, origin)
    where = folder / "contexts" / "tls" / digest / "docker"
    return EngineAddress(
        url, origin, _tls(where, not skips, origin) if os.path.lexists(where) else None
    )


def _checked(url: str, source: str) -> str:
    """Return an address that the SDK takes unchanged; raise for any other."""
    if re.fullmatch(r"([^/:@]+|\[[^/@]+\]):[0-9]+", url):
        url = f"tcp://{url}"  # as Docker reads a bare HOST:PORT
    named = f"{_shown(url)} ({source})"
    scheme, found, rest = url.partition("://")
    if not url.isprintable() or " " in url or not url:
        faults = {"it is empty, or holds spaces or characters that cannot be printed": True}
    elif found and scheme == "unix":
        sound = rest.startswith("/") and not any(sign in rest for sign in "?#;")
        faults = {"a socket is named by its absolute path, unix:///PATH": not sound}
    elif found and scheme in ("tcp", "ssh"):
        ssh = scheme == "ssh"
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise _unusable(named, str(error)) from None
        user = parts.password or (parts.username and not ssh)
        faults = {
            "it names no host": not host,
            "it names no port: 2375 is usual, and 2376 with TLS": port == 0 or not (port or ssh),
            "an address holds no password, no query and no fragment": bool(
                user or parts.query or parts.fragment
            ),
            "an address of ssh holds no path": bool(ssh and parts.path),
            "it needs the package paramiko: `pip install 'docker[ssh]'`": ssh
            and importlib.util.find_spec("paramiko") is None,
        }
    else:
        faults = {"its scheme is not one of unix://, tcp:// and ssh://": True}
    for fault, holds in faults.items():
        if holds:
            raise _unusable(named, fault)
    return url


def _tls(folder: Path, verify: bool, origin: str) -> TLSConfig:
    files = [folder / name for name in ("ca.pem", "cert.pem", "key.pem")]
    for file in files:
        _read(file, origin)
    authority, own, key = map(str, files)
    try:
        return TLSConfig(client_cert=(own, key), ca_cert=authority, verify=verify)
    except DockerException as error:
        raise _unusable(origin, str(error)) from error


def _json(file: Path, origin: str) -> dict[str, Any]:
    what = origin or _path(file)
    try:
        known = json.loads(_read(file, what))
    except (ValueError, RecursionError) as error:
        raise _unusable(what, f"{_path(file)} is not JSON: {_shown(error)}") from error
    if not isinstance(known, dict):
        raise _unusable(what, f"{_path(file)} holds no JSON object")
    return known


def _read(file: Path, origin: str) -> bytes:
    try:
        if os.path.lexists(file) and not file.is_file():  # a FIFO would keep us waiting
            raise _unusable(origin, f"{_path(file)} is not a file")
        return file.read_bytes()
    except OSError as error:
        raise _unusable(origin, f"{_path(file)} cannot be read: {error.strerror}") from error


def _path(path: Path) -> str:
    return _shown(tilde(str(path)))


def _shown(value: object) -> str:
    """Return a text from outside in one line that a terminal can take, shortened where long.

    Of an address that holds a password the password is left out.
    """
    text = re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:…@", str(value))
    text = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _unusable(what: str, reason: str) -> AddressError:
    return AddressError(f"no container engine can be reached by {what}: {reason}. {WHAT_TO_DO}")
