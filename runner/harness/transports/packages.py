"""Whether a package can be imported here, and its version; no transport.

It is imported in a process of its own: what a package leaves in the agent would be in every trial,
and one of them cannot be used in a process that is forked from one that imported it.
"""

from __future__ import absolute_import

import importlib
import os
import sys
import traceback

import compat

_asked = {}


def lacks(module, package):
    """Return "" where the module can be imported, or the reason why not."""
    return _answer(module, package)[1:] if _answer(module, package)[:1] == "-" else ""


def facts(module, package):
    """Return the version of the package as a fact."""
    return {package: _answer(module, package)[1:]}


def _answer(module, package):
    """Return + and the version, or - and the reason."""
    if module not in _asked:
        missing = "-this interpreter has no package " + package
        _asked[module] = _ask(module, package) if compat.finds(module) else missing
    return _asked[module]


def _ask(module, package):
    reading, writing = os.pipe()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            os.dup2(2, 1)
            os.write(writing, ("+" + _version(module, package)).encode("ascii", "replace"))
        except BaseException:
            last = traceback.format_exc().strip().splitlines()[-1]
            text = "-the package %s cannot be imported: %s" % (package, last[:300])
            os.write(writing, text.encode("ascii", "replace"))
        finally:
            os._exit(0)
    os.close(writing)
    answer = os.read(reading, 1000).decode("ascii")
    os.close(reading)
    os.waitpid(child, 0)
    return answer or "-importing the package %s ends the process" % package


def _version(module, package):
    found = importlib.import_module(module)
    try:
        from importlib.metadata import version  # novm
    except ImportError:
        return str(getattr(found, "__version__", "unknown"))
    return version(package)
