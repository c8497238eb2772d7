"""A harness's vocabulary and answers, small enough to know by heart."""

from collections.abc import Iterable, Mapping
from textwrap import dedent

import pytest

from runner.errors import BadInputError
from runner.matrix import Vocabulary, parse
from runner.model import Capabilities, Matrix, RegistryEntry, SupportRule

TRANSPORTS = ("os_pipe", "pipe", "pipe_simplex", "queue", "simple_queue", "manager_queue")
PAYLOADS = ("int", "str", "dict", "ndarray")
TOPOLOGIES = ("one_to_one", "fan_out", "request_reply", "scatter_gather")
PARAMETERS = {
    "os_pipe": "bytes that the pipe holds",
    "str": "characters",
    "ndarray": "shape",
    "fan_out": "work",
    "scatter_gather": "busy microseconds",
}
START_METHODS = ("fork", "spawn", "forkserver")
EXECUTORS = ("local", "docker", "auto")
STUDIES = ("pipe_vs_queue",)
PLACEMENTS = ("free", "together", "apart")

VOCABULARY = Vocabulary(
    transports={name: PARAMETERS.get(name, "") for name in TRANSPORTS},
    payloads={"int": "", "str": "characters", "dict": "", "ndarray": "shape, as 400x400x3"},
    topologies={
        "one_to_one": "",
        "fan_out": "work",
        "request_reply": "",
        "scatter_gather": "busy microseconds",
    },
    start_methods=START_METHODS,
    placements=PLACEMENTS,
    executors=EXECUTORS,
    studies=STUDIES,
)


def read(text: str, profile: str | None = None) -> Matrix:
    """Read an indented text as matrix.yaml."""
    return parse(dedent(text).lstrip("\n"), "matrix.yaml", VOCABULARY, profile)


def mistakes(text: str, profile: str | None = None) -> list[str]:
    """Return the lines of the error that the text gives."""
    with pytest.raises(BadInputError) as caught:
        read(text, profile)
    assert caught.value.exit_code == 2
    return str(caught.value).splitlines()


def answers(
    version: str = "3.11.7",
    lacks: Mapping[str, str] | None = None,
    rules: Iterable[SupportRule] = (),
    default_start_method: str = "fork",
) -> Capabilities:
    """Return what an interpreter says that lacks these names, each for its reason."""

    def known(names: Iterable[str]) -> dict[str, str]:
        return {name: (lacks or {}).get(name, "") for name in names}

    return Capabilities(
        version=version,
        implementation="cpython",
        transports=known(TRANSPORTS),
        payloads=known(PAYLOADS),
        topologies=known(TOPOLOGIES),
        start_methods=known(START_METHODS),
        placements=known(PLACEMENTS),
        probes={},
        default_start_method=default_start_method,
        rules=tuple(rules),
        facts={},
        registry={
            "transport": tuple(
                RegistryEntry(name, name, "", PARAMETERS.get(name, "")) for name in TRANSPORTS
            ),
            "payload": tuple(
                RegistryEntry(name, name, "", PARAMETERS.get(name, "")) for name in PAYLOADS
            ),
            "topology": tuple(
                RegistryEntry(name, name, "", PARAMETERS.get(name, "")) for name in TOPOLOGIES
            ),
        },
    )
