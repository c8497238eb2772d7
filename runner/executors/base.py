"""What an executor and an agent are: the Protocols that every entry of the table satisfies."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, Self

from runner.model import Capabilities, ProbeAnswer, Record, Trial


class Known(NamedTuple):
    """What `found` means to an executor: names in order, and a line for each that is left out."""

    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()


class Agent(Protocol):
    """The harness, idle in one interpreter. Nothing that a trial does makes it raise."""

    python: str

    def describe(self) -> Capabilities:
        """Return what the interpreter can do; asked once, then remembered."""
        ...

    def run(self, trials: Sequence[Trial]) -> list[Record]:
        """Run the trials in order in one invocation; return one record for each, in order."""
        ...

    def probe(self, name: str, timeout: float) -> ProbeAnswer:
        """Run one probe under the guard; a hang is an answer."""
        ...


class Executor(Protocol):
    """Starts agents and ends them: a context manager around everything that it starts."""

    name: str

    def __enter__(self) -> Self:
        """Begin; `open` starts agents."""
        ...

    def __exit__(self, *_: object) -> None:
        """End every agent and all that it started."""
        ...

    def open(self, pythons: Sequence[str]) -> Mapping[str, Agent | str]:
        """Start an agent for each name; a str instead of an agent says why there is none."""
        ...

    def roots(self) -> Sequence[int] | None:
        """Return the pids, on this machine, of agents that are not our own children.

        What they and their descendants use is our own load. None where the agents run on
        another machine.
        """
        ...

    def facts(self) -> Mapping[str, Mapping[str, str]]:
        """Return the facts of each interpreter's place: path or image digest, limits …"""
        ...
