"""ipcmatrix from Python: `load`, `analyse`, `compare`, `ask`, their types and errors.

docs/python-api.md describes them. `python -m ipcmatrix` and the command `ipcmatrix` begin in
`__main__`. Everything is loaded when it is first used.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipcmatrix.api import (
        Answer,
        BadInputError,
        CellSummary,
        Change,
        Changes,
        Comparison,
        EnvironmentLacksError,
        Findings,
        IpcmatrixError,
        Winner,
        analyse,
        ask,
        compare,
        load,
    )

__all__ = [
    "Answer",
    "BadInputError",
    "CellSummary",
    "Change",
    "Changes",
    "Comparison",
    "EnvironmentLacksError",
    "Findings",
    "IpcmatrixError",
    "Winner",
    "analyse",
    "ask",
    "compare",
    "load",
]


if not TYPE_CHECKING:  # or every name would be taken for one of ours

    def __getattr__(name):
        """Load the functions from ipcmatrix.api, with our own package `runner`."""
        if name not in __all__:
            message = f"module 'ipcmatrix' has no attribute {name!r}"
            raise AttributeError(message)
        from ipcmatrix.__main__ import own_runner, take_own_runner

        loaded = getattr(sys.modules.get("runner"), "__file__", None)
        if "runner" in sys.modules and loaded != str(own_runner()):
            message = (
                f"ipcmatrix needs its own package runner, and {loaded} is loaded: rename that one"
            )
            raise ImportError(message)
        take_own_runner()
        from ipcmatrix import api

        return getattr(api, name)


def __dir__() -> list[str]:
    """Return the names of the functions, too."""
    return sorted({*globals(), *__all__})
