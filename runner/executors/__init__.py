"""What starts agents: a table of executors, each in a module that is imported when it is chosen."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType

from runner.errors import BadInputError

EXECUTORS: Mapping[str, str] = MappingProxyType(
    {
        "local": "runner.executors.local",
        "docker": "runner.executors.docker",
    }
)
"""Name in matrix.yaml → module. Only the chosen one is imported: docker is not there for local."""


def load(name: str) -> ModuleType:
    """Return the module of an executor; raise BadInputError that lists the known ones."""
    if name not in EXECUTORS:
        message = f"executor: no executor is named {name!r}; known are {', '.join(EXECUTORS)}"
        raise BadInputError(message)
    return import_module(EXECUTORS[name])
