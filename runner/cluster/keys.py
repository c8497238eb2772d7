"""Certificates of one cluster: an authority of its own, and one for each role.

The authority's key is not kept: what it has signed is all that will ever belong to the cluster.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runner.errors import BadInputError, EnvironmentLacksError
from runner.files import Drafts

ROLES = ("scheduler", "worker", "client")
VALID = timedelta(days=825)


def file_of(folder: Path, role: str) -> Path:
    """Return the file of a role, or of the authority (`ca`)."""
    return folder / f"{role}.pem"


def write(folder: Path) -> list[Path]:
    """Write the authority's certificate, and for each role its certificate and key, for us only.

    BadInputError where one is there, EnvironmentLacksError where they cannot be written.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    paths = [file_of(folder, role) for role in ("ca", *ROLES)]
    if there := [str(path) for path in paths if os.path.lexists(path)]:
        message = f"{there[0]}: is there already, and may be in use: name another folder"
        raise BadInputError(message)

    def name(role: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ipcmatrix {role}")])

    def signed(role: str, key: ec.EllipticCurvePublicKey) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(role))
            .issuer_name(name("ca"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + VALID)
            .add_extension(x509.BasicConstraints(ca=role == "ca", path_length=None), critical=True)
        )
        certificate = builder.sign(authority, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM)

    authority = ec.generate_private_key(ec.SECP256R1())
    contents = {"ca": signed("ca", authority.public_key())}
    for role in ROLES:
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        contents[role] = private + signed(role, key.public_key())
    before = os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with Drafts(folder, durable=True) as drafts:
            for role, content in contents.items():
                drafts.write(f"{role}.pem", content)
    except OSError as error:
        message = f"{error.filename}: {error.strerror}: name a folder of your own"
        raise EnvironmentLacksError(message) from error
    finally:
        os.umask(before)
    return paths
