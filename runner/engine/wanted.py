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
    """What the environment names is no engine's address."""


class Address(NamedTuple):
    """Where an engine is said to listen, what says so, and by which certificates it is trusted."""

    url: str
    source: str
    tls: TLSConfig | None = None

    def __str__(self) -> str:
        """Return the address and where it came from, fit for a message."""
        return f"{_shown(self.url)} ({self.source})"


def wanted_address(environment: Mapping[str, str] | None = None) -> Address:
    """Return the address that the environment names; AddressError says what is wrong with it."""
    known = os.environ if environment is None else environment
    folder = _config_folder(known)
    host = known.get("DOCKER_HOST", "")
    name, source = ("", "DOCKER_HOST") if host else _context_name(known, folder)
    if name:
        return _of_context(name, source, folder)
    url, source = (host, source) if host else (DEFAULT_ADDRESS, "the default")
    return Address(_checked(url, source), source, _tls_of_environment(known, folder, url, source))


def _config_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder of Docker's command line; None where there is no home to hold one."""
    named = environment.get("DOCKER_CONFIG", "")
    home = os.path.expanduser("~")  # noqa: PTH111 - Path's raises where there is none
    folder = Path(named or f"{home}/.docker")
    return folder if named or folder.is_absolute() else None


def _context_name(environment: Mapping[str, str], folder: Path | None) -> tuple[str, str]:
    """Return the context that is chosen, "" for the default one, and what chooses it."""
    name, source = environment.get("DOCKER_CONTEXT", ""), "DOCKER_CONTEXT"
    if not name and folder is not None and os.path.lexists(folder / "config.json"):
        source = f"currentContext in {_path(folder / 'config.json')}"
        name = _json(folder / "config.json", "").get("currentContext") or ""
        if not isinstance(name, str):
            raise _unusable(source, "the name of a context is a text")
    return ("" if name == "default" else name), source


def _of_context(name: str, source: str, folder: Path | None) -> Address:
    told = f"the context '{_shown(name)}' of {source}"
    if folder is None:
        raise _unusable(told, "there is no home folder, and DOCKER_CONFIG names no other")
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    meta = folder / "contexts" / "meta" / digest / "meta.json"
    if not os.path.lexists(meta):
        raise _unusable(told, f"there is no such context: {_path(meta)} does not exist")
    known: Any = _json(meta, told)
    for part in ("Endpoints", "docker"):
        known = known.get(part)
        if not isinstance(known, dict):
            raise _unusable(told, f"{_path(meta)} names no endpoint `docker`")
    host, skips = known.get("Host"), known.get("SkipTLSVerify", False)
    if not isinstance(host, str) or not isinstance(skips, bool):
        raise _unusable(told, f"Host or SkipTLSVerify in {_path(meta)} is missing or of no use")
    url = _checked(host, told)
    return Address(url, told, _tls_of_context(folder, digest, not skips, told))


def _checked(url: str, source: str) -> str:
    """Return an address that the SDK takes as it stands; raise for every other."""
    if re.fullmatch(r"([^/:@]+|\[[^/@]+\]):[0-9]+", url):
        url = f"tcp://{url}"  # as Docker reads a bare HOST:PORT
    fault = _fault(url)
    if fault:
        named = f"{_shown(url)} ({source})"
        raise _unusable(named, fault)
    return url


def _fault(url: str) -> str:
    """Return "" for the address of an engine, or what is wrong with it."""
    if not url.isprintable() or " " in url or not url:
        return "it is empty, or holds spaces or characters that cannot be printed"
    scheme, found, rest = url.partition("://")
    if found and scheme == "unix":
        sound = rest.startswith("/") and not any(sign in rest for sign in "?#;")
        return "" if sound else "a socket is named by its absolute path, unix:///PATH"
    if found and scheme in ("tcp", "ssh"):
        return _fault_of_host(url, scheme == "ssh")
    return "its scheme is not one of unix://, tcp:// and ssh://"


def _fault_of_host(url: str, ssh: bool) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return str(error)
    user = parts.password or (parts.username and not ssh)
    faults = {
        "it names no host": not host,
        "it names no port: 2375 is usual, and 2376 with TLS": port == 0 or not (port or ssh),
        "an address holds no password, no query and no fragment": user
        or parts.query
        or parts.fragment,
        "an address of ssh holds no path": ssh and parts.path,
        "it needs the package paramiko: `pip install 'docker[ssh]'`": ssh
        and importlib.util.find_spec("paramiko") is None,
    }
    return next((fault for fault, holds in faults.items() if holds), "")


def _tls_of_environment(
    environment: Mapping[str, str], folder: Path | None, url: str, source: str
) -> TLSConfig | None:
    verify, named = environment.get("DOCKER_TLS_VERIFY", ""), environment.get("DOCKER_CERT_PATH")
    if not verify and not named:
        return None
    told = f"{_shown(url)} ({source}) with {'DOCKER_TLS_VERIFY' if verify else 'DOCKER_CERT_PATH'}"
    where = Path(named) if named else folder
    if where is None:
        raise _unusable(told, "there is no home folder, and DOCKER_CERT_PATH names no other")
    return _tls([where / name for name in ("ca.pem", "cert.pem", "key.pem")], bool(verify), told)


def _tls_of_context(folder: Path, digest: str, verify: bool, told: str) -> TLSConfig | None:
    where = folder / "contexts" / "tls" / digest / "docker"
    if not os.path.lexists(where):
        return None
    return _tls([where / name for name in ("ca.pem", "cert.pem", "key.pem")], verify, told)


def _tls(files: list[Path], verify: bool, told: str) -> TLSConfig:
    for file in files:
        _read(file, told)
    authority, own, key = map(str, files)
    try:
        return TLSConfig(client_cert=(own, key), ca_cert=authority, verify=verify)
    except DockerException as error:
        raise _unusable(told, str(error)) from error


def _json(file: Path, told: str) -> dict[str, Any]:
    what = told or _path(file)
    try:
        known = json.loads(_read(file, what))
    except (ValueError, RecursionError) as error:
        raise _unusable(what, f"{_path(file)} is no JSON: {_shown(error)}") from error
    if not isinstance(known, dict):
        raise _unusable(what, f"{_path(file)} holds no JSON object")
    return known


def _read(file: Path, told: str) -> bytes:
    try:
        if os.path.lexists(file) and not file.is_file():  # a FIFO would keep us waiting
            raise _unusable(told, f"{_path(file)} is no file")
        return file.read_bytes()
    except OSError as error:
        raise _unusable(told, f"{_path(file)} cannot be read: {error.strerror}") from error


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
