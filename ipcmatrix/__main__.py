"""`python -m ipcmatrix`, and the command `ipcmatrix`."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path


def start() -> None:
    """Run the command line with our own package `runner`, even if others have that name."""
    take_own_runner()
    from runner.__main__ import start

    start()


def own_runner() -> Path:
    """Return the file of our package `runner`."""
    return Path(__file__).resolve().parents[1] / "runner" / "__init__.py"


def take_own_runner() -> None:
    """Import the package `runner` next to this one, whatever sys.path begins with.

    It is found by its file: our folder at the front of sys.path would let everything that is
    installed next to us come before the standard library.
    """
    file = own_runner()
    if getattr(sys.modules.get("runner"), "__file__", None) == str(file):
        return
    spec = spec_from_file_location("runner", file, submodule_search_locations=[str(file.parent)])
    if spec is None or spec.loader is None:
        message = f"{file} is missing: install ipcmatrix again"
        raise ImportError(message)
    module = module_from_spec(spec)
    sys.modules["runner"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    start()
