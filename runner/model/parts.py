"""What a driver asks of a machine, and what a machine answers: as JSON, in both directions."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

PROTOCOL: Literal[1] = 1
"""The version of requests and answers; others are refused."""
MACHINE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""What the name of a machine may be: its trials are in a file of that name."""


class RoundKey(NamedTuple):
    """Which round of a part."""

    session: int
    phase: str
    block: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """A file of the user's own, as model.OwnFile has it; `content` is packed."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    path: str
    content: str
    functions: list[str]
    plugin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRequest:
    """A machine's part of a run: what to plan, or to measure in one session.

    `text` is the matrix file's, `flags` what the command line says of it, as typed. `blocks` are
    the ids to measure, None for all; `budget` are seconds. `run` is the whole run's id, `machine`
    what it calls this one, whose clock is `ahead` seconds ahead of the driver's; the part is in
    `spool`. `command` is for the reader of run.json; `files` are the user's own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    ask: Literal["plan", "measure"]
    run: Annotated[str, Field(pattern=r"^[^/\x00]+$")]
    machine: Annotated[str, Field(pattern=f"^({MACHINE})?$")]
    source: str
    text: str
    profile: str
    flags: Mapping[str, str | list[str]]
    command: list[str] = field(default_factory=list)
    files: list[PackedFile] = field(default_factory=list)
    blocks: list[str] | None = None
    budget: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    spool: str = ""
    ahead: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    protocol: Literal[1] = PROTOCOL

    @property
    def part(self) -> str:
        """The id of the part's run."""
        return f"{self.run}.{self.machine}"

    def encoded(self) -> str:
        """Return the request as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def decoded(cls, text: str) -> Self:
        """Return the request of a line; ValueError says what is wrong with it."""
        try:
            return TypeAdapter(cls).validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            message = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise ValueError(message) from error


Message = dict[str, Any]
"""A line of a part: `kind` is begin, round, heard, end, plan or error; see pipeline/part.py."""
