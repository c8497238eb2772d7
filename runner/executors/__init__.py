"""What starts agents: a table of modules, each imported when it is chosen.

An executor is a module with

    stands_for(matrix, found)         Known: the interpreters that `found` means there, and those
                                      of this machine that it leaves out, a line each
    lacks(matrix, wanted, found, say) "" where the wanted interpreters can be measured there, or
                                      the reason why not
    open(matrix, wanted, found, say)  the Executor (see base), a context manager; raises
                                      EnvironmentLacksError

`found` are the interpreters of this machine, `wanted` the names to measure, `say` takes lines of
progress.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType

from runner.errors import BadInputError

AUTO = "auto"
"""The first executor of the table that lacks nothing."""
EXECUTORS: Mapping[str, str] = MappingProxyType(
    {
        "docker": "runner.executors.docker",
        "local": "runner.executors.local",
    }
)
"""Name in matrix.yaml → module. Only a chosen one is imported: docker is not there for local."""


def load(name: str) -> ModuleType:
    """Return the module of an executor; raise BadInputError that lists the known ones."""
    if name not in EXECUTORS:
        message = f"executor: no executor is named {name!r}; known are {', '.join(EXECUTORS)}"
        raise BadInputError(message)
    return import_module(EXECUTORS[name])
