"""The environments that guests and tools get."""

import os
import re
import shutil
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

OF_TOOLS = re.compile(
    r"HOME|USER|LOGNAME|TMPDIR|XDG_(CONFIG|CACHE|DATA)_HOME|(https?|ftp|all|no)_proxy"
    r"|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|APT_CONFIG"
    r"|PIP_(INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|TRUSTED_HOST|PROXY|CERT|CLIENT_CERT"
    r"|TIMEOUT|DEFAULT_TIMEOUT|RETRIES|CACHE_DIR|CONFIG_FILE|KEYRING_PROVIDER)",
    re.IGNORECASE,
)
"""The user's variables that tools (git, pip, apt, mmdebstrap) get: who he is, where his settings
lie, and how a network is reached. Nothing that names code to be run (PYTHONPATH, PERL5OPT,
LD_PRELOAD, GIT_EXTERNAL_DIFF), another target (PIP_TARGET, GIT_DIR) or program (PIP_PYTHON).
"""


def environment_for_tools() -> dict[str, str]:
    """Return the environment of a tool of the user's, made from nothing; never for a guest."""
    his = {name: value for name, value in os.environ.items() if OF_TOOLS.fullmatch(name)}
    path = os.pathsep.join(searched_folders()) or GUEST["PATH"]
    return {"LANG": "C.UTF-8", **his, "PATH": path}


def searched_folders() -> list[str]:
    """Return the folders of PATH; one that depends on the current folder is not searched."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [folder for folder in folders if Path(folder).is_absolute()]


def which(name: str, extra: str = "") -> str | None:
    """Return the path of a program in PATH and then in `extra`, never in the current folder."""
    folders = [*searched_folders(), *filter(None, extra.split(os.pathsep))]
    return shutil.which(name, path=os.pathsep.join(folders)) if folders else None


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a guest's environment, made from nothing, with `extra` on top."""
    return {**GUEST, **(extra or {})}
