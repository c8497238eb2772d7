"""Files that come with the code: in a clone at their place, in a wheel below `ipcmatrix`."""

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HARNESS = Path(__file__).parent / "harness"
COMMAND = ROOT / "ipcmatrix" / "__main__.py"
"""What an interpreter runs as `ipcmatrix`, installed or not."""


def shipped(name: str) -> Path:
    """Return the path of a file of the project, named as in a clone (`images/x.Dockerfile`)."""
    installed = ROOT / "ipcmatrix" / "data" / name
    return installed if installed.exists() else ROOT / name


@cache
def harness_digest() -> str:
    """Return the SHA-256 over the names and texts of the harness' files."""
    digest = hashlib.sha256()
    for path in sorted(HARNESS.rglob("*.py")):
        digest.update(f"{path.relative_to(HARNESS)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
