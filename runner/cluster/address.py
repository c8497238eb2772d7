"""Where a cluster is, and whether its certificates and its scheduler can be used."""

import errno
import json
import re
import socket
import ssl
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from runner import output
from runner.cluster.keys import ROLES, file_of
from runner.errors import BadInputError

_ADDRESS = re.compile(r"(tls|tcp)://(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
_LOOPBACK = re.compile(r"127\.[0-9.]+|localhost|\[::1\]")
PLACES = "here, listen:HOST:PORT, tls://HOST:PORT or a scheduler file"
NOT_TODAY = (9, 10)
"""What OpenSSL calls a certificate that is not valid yet, or not any more."""


class Address(NamedTuple):
    """Where a cluster is: `way` is here, listen or address; `file` is what the address is from."""

    way: str
    protocol: str = ""
    host: str = ""
    port: int = 0
    file: str = ""

    @property
    def url(self) -> str:
        """The address as Dask writes it."""
        return f"{self.protocol}://{self.host}:{self.port}"


def address_of(text: str, insecure: bool, wanted: str = PLACES) -> Address:
    """Return where a cluster is; BadInputError says what is `wanted` instead.

    Without TLS anybody who reaches the port could run code there, so only a loopback address may
    be `insecure`.
    """
    if text == "here":
        return Address("here")
    listens, file = text.startswith("listen:"), ""
    with suppress(OSError):  # no name of a file
        if not listens and "://" not in text and Path(text).is_file():
            text, file = _in_file(Path(text)), text
    if listens:
        scheme = "tcp" if insecure else "tls"
        found = _ADDRESS.fullmatch(f"{scheme}://{text.removeprefix('listen:')}")
    else:
        found = _ADDRESS.fullmatch(text)
    if found is None or not 0 < int(found[3]) < 65536 or not _is_host(found[2]):
        where = f"{file}: {text}" if file else text
        brackets = "; an IPv6 address is in brackets, as in [::1]" if "::" in text else ""
        message = f"{where}: is not {wanted}{brackets}"
        raise BadInputError(message)
    if found[1] == "tcp" and not (insecure and _LOOPBACK.fullmatch(found[2])):
        message = (
            f"{text}: a cluster without TLS runs what anybody on the network sends: use tls:// "
            "with --keys (`ipcmatrix keys DIR` makes them); --insecure is for loopback addresses"
        )
        raise BadInputError(message)
    return Address("listen" if listens else "address", found[1], found[2], int(found[3]), file)


def _is_host(name: str) -> bool:
    """Return whether a name can be looked up: no part of it is empty or too long."""
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def _in_file(path: Path) -> str:
    """Return the address in a scheduler file, which Dask writes."""
    try:
        found = json.loads(path.read_bytes())["address"]
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise BadInputError(message) from error
    except (ValueError, TypeError, KeyError, RecursionError):
        found = None
    if not isinstance(found, str):
        message = f"{path}: holds no address of a scheduler, as Dask writes it"
        raise BadInputError(message)
    return found


def security_of(address: Address, keys: Path | None, role: str) -> Any:
    """Return Dask's Security for a role; BadInputError says what is wrong with the files."""
    from distributed.security import Security

    if address.protocol != "tls":
        return Security()
    if keys is None:
        message = f"{address.url}: needs --keys DIR: the folder that `ipcmatrix keys DIR` made"
        raise BadInputError(message)
    ca, own = file_of(keys, "ca"), {one: file_of(keys, one) for one in ROLES}
    wanted = {"scheduler", "client"} if address.way == "listen" and role == "client" else {role}
    check_files(ca, *(own[one] for one in sorted(wanted)))
    files = {}
    for one in wanted:
        files[f"tls_{one}_cert"] = files[f"tls_{one}_key"] = str(own[one])
    return Security(tls_ca_file=str(ca), require_encryption=True, **files)


def check_files(ca: Path, *own: Path) -> None:
    """Raise BadInputError where a certificate is missing, not of today or another authority's.

    It is said where others on this machine can read a key.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    found = []
    for path in (ca, *own):
        try:
            if path.exists() and not path.is_file():  # a pipe would keep us waiting
                raise OSError(errno.EINVAL, "is not a file")
            found.append(x509.load_pem_x509_certificate(path.read_bytes()))
        except OSError as error:
            message = f"{path}: {error.strerror}: `ipcmatrix keys DIR` makes the files of a cluster"
            raise BadInputError(message) from error
        except ValueError as error:
            message = f"{path}: holds no certificate: `ipcmatrix keys DIR` makes them"
            raise BadInputError(message) from error
    authority, *others = found
    for path, one in zip(own, others, strict=True):
        try:
            one.verify_directly_issued_by(authority)
        except (InvalidSignature, ValueError, TypeError) as error:
            message = f"{path}: is not of the authority {ca}: take both from one `ipcmatrix keys`"
            raise BadInputError(message) from error
        try:
            # Without a password OpenSSL would ask for one on the terminal.
            ssl.create_default_context().load_cert_chain(path, password="")
        except (ssl.SSLError, OSError) as error:
            message = f"{path}: holds no key for its certificate: make the files again"
            raise BadInputError(message) from error
    for path, one in zip((ca, *own), found, strict=True):
        if one.not_valid_after_utc.timestamp() < time.time():
            message = f"{path}: was valid until {one.not_valid_after_utc:%Y-%m-%d}: make new files"
            raise BadInputError(message)
        if one.not_valid_before_utc.timestamp() > time.time():
            day = f"{one.not_valid_before_utc:%Y-%m-%d}"
            message = f"{path}: is valid from {day} on only: look at the clock of this machine"
            raise BadInputError(message)
        if path != ca and path.stat().st_mode & stat.S_IROTH:
            output.say(f"{path}: everybody on this machine can read this key: chmod 600")


def unreachable(address: Address, security: Any, role: str, within: float = 5.0) -> str:
    """Return why nobody of ours answers at an address, "" where somebody does.

    Only the handshake is tried, whose errors Dask would hide behind a time-out.
    """
    host = address.host.strip("[]")
    try:
        with socket.create_connection((host, address.port), timeout=within) as plain:
            if address.protocol != "tls":
                return ""
            context = security.get_connection_args(role)["ssl_context"]
            with context.wrap_socket(plain, server_hostname=host) as secured:
                secured.settimeout(within)
                with suppress(TimeoutError):  # TLS 1.3 refuses our certificate after its handshake
                    secured.recv(1)
            return ""
    except ssl.SSLCertVerificationError as error:
        dated = "has a certificate that is not valid today: look at the clocks, or make new keys"
        strange = "has a certificate of another authority: use the --keys of one `ipcmatrix keys`"
        return dated if error.verify_code in NOT_TODAY else strange
    except ssl.SSLError as error:
        reason = str(error.reason or error)
        if "ALERT" in reason:
            return "refuses our certificate: use the --keys of one `ipcmatrix keys` everywhere"
        return "does not speak TLS: a cluster without it is not used"
    except ConnectionRefusedError:
        return "nobody listens there"
    except TimeoutError:
        return "does not answer"
    except OSError as error:
        return f"cannot be reached: {error.strerror or error}"
