"""Interpreters, images, and what their harness says that it can do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

from pydantic import ConfigDict

from runner.model.trials import AS_SENT, Count


class SupportRule(NamedTuple):
    """A combination that a harness cannot run: all `names` match ⇒ unsupported for `reason`.

    `names` maps an axis to the names (before the colon) that the rule covers; `workers` is the
    span (least, most) that it covers, or None for any.
    """

    names: Mapping[str, tuple[str, ...]]
    workers: tuple[Count, Count] | None
    reason: str


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """A name in one of the harness's tables, with its description.

    `parameter` is what may follow the colon, or ""; `item_bytes` the bytes of content for
    each item that a payload's parameter counts, None where a message's size does not follow from
    its name. `role` is that of a transport: it moves objects between processes, bounds those that
    do from above, or stays inside one process; `shared` says whether many workers use one end.
    """

    __pydantic_config__: ClassVar[ConfigDict] = AS_SENT

    name: str
    label: str
    summary: str = ""
    parameter: str = ""
    role: Literal["", "objects", "bound", "threads"] = ""
    shared: bool = False
    item_bytes: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """A harness's answer to `names`: what may stand in a matrix.

    A mapping goes from a known name to "" where it is supported, or to the reason why not.
    `registry` maps `transport`, `payload`, `topology` and `probe` to the entries of its table, in
    the order in which reports list them. `faults` maps a file of the user's own to what is wrong
    with it, with its line.
    """

    __pydantic_config__: ClassVar[ConfigDict] = AS_SENT

    start_methods: Mapping[str, str]
    placements: Mapping[str, str]
    registry: Mapping[str, tuple[RegistryEntry, ...]] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities(Names):
    """One interpreter's answer to `describe`: the names, and what it supports of them."""

    version: str
    implementation: str
    transports: Mapping[str, str]
    payloads: Mapping[str, str]
    topologies: Mapping[str, str]
    probes: Mapping[str, str]
    default_start_method: str
    rules: tuple[SupportRule, ...]
    facts: Mapping[str, str]


class Interpreter(NamedTuple):
    """An interpreter of this machine, or what looked like one.

    `name` is as in the matrix (`2.7`, `3.11`, `3.14t`, `pypy3.11`), "" where it could not be
    asked; `version` is the full one; `path` is the one at which it was found, links and all;
    `found` says where (`PATH`, `pyenv` …). `lacks` names the parts of a full build that are
    missing. `broken` is the reason why it cannot be used; `duplicate` says that another of the
    same name is used in its place.
    """

    name: str
    version: str
    implementation: str
    path: str
    found: str
    lacks: tuple[str, ...] = ()
    broken: str = ""
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """An interpreter and the harness, as an engine holds them.

    `digest` is the engine's own; `base_digest` is the registry's, or that of the base's content.
    `source` is `hub`, `debian` or `host`; `interpreter` is the path inside. `packages` maps an
    optional package to its version, `lacking` to the reason why it could not be had. `size` is
    in bytes, `created` the engine's RFC 3339 time; `registry_digest` is that of a registry which
    it was pushed to or pulled from.
    """

    python: str
    tag: str
    digest: str
    base: str
    base_digest: str
    source: str
    interpreter: str
    packages: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    created: str = ""
    registry_digest: str = ""
