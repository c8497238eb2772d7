"""The types of the values in matrix.yaml: how each is read, and its JSON Schema."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from runner.matrix import quantities as q
from runner.matrix.names import (
    AXIS_CHECKS,
    CHECKS,
    FILE,
    NAME,
    PARAMETRIC,
    PAYLOAD,
    STANDING,
    VERSION,
    known_name,
    plugin,
    version,
)
from runner.model import AUTO

REFUSED: Final = "refused"
"""The type of pydantic's error for a value that its reader refuses; ctx
holds the function that makes the message, since pydantic turns everything there into text."""

Schema = dict[str, Any]
"""A piece of JSON Schema."""


class Keys(BaseModel):
    """A mapping of known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


@dataclass(frozen=True)
class Reads:
    """A value that `reader` makes from the file's text; its ValueError says what is allowed."""

    reader: Callable[[object], object]
    schema: Schema

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read before the type is checked."""
        return core_schema.no_info_before_validator_function(
            lambda value: _read(self.reader, value), handler(source)
        )

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        """Describe what may be in the file, not what becomes of it."""
        del core, handler
        return self.schema


@dataclass(frozen=True)
class Named:
    """A value of an axis, checked against the Vocabulary that is the validation's context."""

    axis: str
    listed: bool = False

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check the name before the type."""
        check = (AXIS_CHECKS if self.listed else CHECKS)[self.axis]
        return core_schema.with_info_before_validator_function(
            lambda value, info: _read(check, value, info.context), handler(source)
        )

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        """Describe only the form: the names are the harness's."""
        del core, handler
        match self.axis:
            case "python":
                form = text(VERSION)
                return {"anyOf": [{"enum": list(STANDING)}, form]} if self.listed else form
            case "workers":
                return or_number(q.WHOLE)
            case "messages":
                return {"anyOf": [{"const": AUTO}, *or_number(q.WHOLE)["anyOf"]]}
            case "payload":
                return text(PAYLOAD)
            case "transport" | "topology":
                return text(PARAMETRIC)
            case _:
                return text(NAME)


class OneOrMore:
    """A list, or a single value."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Make a list of a single value."""
        return core_schema.no_info_before_validator_function(
            lambda value: [value] if isinstance(value, str) else value, handler(source)
        )

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        """Describe both forms."""
        listed = handler(core)
        return {"anyOf": [listed["items"], listed]}


def _read(reader: Callable[..., object], *given: object) -> object:
    """Return what the reader makes of the value; pydantic spells out no message of its error."""
    try:
        return reader(*given)
    except ValueError as error:
        raise PydanticCustomError(REFUSED, REFUSED, {"message": error.__str__}) from error


def text(pattern: str) -> Schema:
    """Return the schema of text of this form."""
    return {"type": "string", "pattern": pattern}


def or_number(pattern: str) -> Schema:
    """Return the schema of text of this form, or a number: YAML editors see `5` as one."""
    return {"anyOf": [text(pattern), {"type": "number"}]}


def _or_none(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"const": q.NONE}]}


def _package(pattern: str, what: str) -> Reads:
    def read(value: object) -> str:
        word = q.text_of(value, what)
        if not re.fullmatch(pattern, word):
            q.refuse(f"{q.shown(word)} is not {what}", "as in numpy: 2.2.6")
        return word

    return Reads(read, text(pattern))


def one_of(known: tuple[str, ...], what: str) -> Reads:
    """Return the reader of one of a few words."""
    return Reads(lambda value: known_name(value, known, what), {"enum": list(known)})


_DURATION = text(q.DURATION)

Duration = Annotated[float, Reads(q.duration, _DURATION)]
Wait = Annotated[float, Reads(partial(q.duration, least=0), _DURATION)]
DurationOrNone = Annotated[float | None, Reads(q.unless_none(q.duration), _or_none(_DURATION))]
Fraction = Annotated[float, Reads(q.fraction, or_number(q.FRACTION))]
Load = Annotated[float, Reads(partial(q.fraction, most=1024), or_number(q.FRACTION))]
Size = Annotated[int, Reads(q.size, text(q.SIZE))]
SizeOrNone = Annotated[int | None, Reads(q.unless_none(q.size), _or_none(text(q.SIZE)))]
Cores = Annotated[str | None, Reads(q.unless_none(q.cpuset), text(f"{q.CPUSET}|^{q.NONE}$"))]
Natural = Annotated[int, Reads(q.whole, or_number(q.WHOLE))]
Positive = Annotated[int, Reads(partial(q.whole, least=1), or_number(q.WHOLE))]
Factor = Annotated[
    float, Reads(partial(q.number, least=1, most=10**6), {"type": "number", "minimum": 1})
]
Plugin = Annotated[str, Reads(plugin, text(rf"^{FILE.replace('(py|pkl|json)', 'py')}$"))]
Interpreter = Annotated[str, Reads(version, text(VERSION))]
PackageName = Annotated[
    str, _package(r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", "a package's name")
]
Repository = Annotated[str, Reads(q.repository, text(q.REPOSITORY))]
PackageVersion = Annotated[str, _package(r"^[0-9][A-Za-z0-9.!+]*$", "one exact version")]
