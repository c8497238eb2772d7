"""The files beside the code: in a clone where they are written, in a wheel below `ipcmatrix`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """Return the path of a file of the project, named as in a clone (`images/x.Dockerfile`)."""
    installed = ROOT / "ipcmatrix" / "data" / name
    return installed if installed.exists() else ROOT / name
