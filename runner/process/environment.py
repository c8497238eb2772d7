"""The environment that guests get, and texts without the user's home in them."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

GUEST = MappingProxyType(
    {
        "HOME": "/",  # the same everywhere, and nothing of the user's is read from there
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        # Forked trials share their agent's hash seed: a random one would differ from sitting to
        # sitting only. 0 turns randomisation off, which is what 2.7 does by itself.
        "PYTHONHASHSEED": "0",
    }
)
"""What every interpreter is started with, and nothing else: the parent's variables change results.

(Dask's nanny sets OMP_NUM_THREADS and MALLOC_TRIM_THRESHOLD_, shells set LD_PRELOAD …)
"""


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a guest's environment, made from nothing, with `extra` on top."""
    return {**GUEST, **(extra or {})}


def tilde(text: str, home: Path | None = None) -> str:
    """Return a path or a text in which the user's home is written `~`, fit to be published."""
    root = str(home or Path.home()).rstrip("/")
    if not root:
        return text
    return re.sub(re.escape(root) + r"(?![\w.-])", "~", text)
