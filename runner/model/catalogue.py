"""What the harness's tables say of transports, payloads, topologies and probes, for reports."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Self

from runner.model.places import RegistryEntry

TABLES = ("transport", "payload", "topology", "probe")
"""The harness's tables, by the axes that they name; probes are not an axis."""
FRESH = "fresh:"
"""Before a payload's name: each message is a new object."""
_SIZE = re.compile(r"[0-9]{1,18}(x[0-9]{1,18})*")
_MOST = 1 << 62
"""Bytes above which a size is taken for no message's."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The entries of each table by name, in the order in which reports list them.

    A name in no table is its own label, comes last, and moves nothing.
    """

    entries: Mapping[str, Mapping[str, RegistryEntry]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @classmethod
    def of_runs(cls, runs: Iterable[Mapping[str, Any]]) -> Self:
        """Return what the run.json of one or more runs say together: the first says the order.

        Names that only a later run knows come after those of the first.
        """
        return cls.united(
            {
                table: [_entry(one) for one in run.get("registry", {}).get(table, ())]
                for table in TABLES
            }
            for run in runs
        )

    @classmethod
    def united(cls, registries: Iterable[Mapping[str, Sequence[RegistryEntry]]]) -> Self:
        """Return the entries of several harnesses' registries; of two of one name the first."""
        found: dict[str, dict[str, RegistryEntry]] = {table: {} for table in TABLES}
        for registry in registries:
            for table in TABLES:
                for entry in registry.get(table, ()):
                    found[table].setdefault(entry.name, entry)
        return cls(found)

    def entry(self, table: str, value: str) -> RegistryEntry | None:
        """Return the entry of an axis' value, with or without its parameter."""
        known, value = self.entries.get(table, {}), value.removeprefix(FRESH)
        return known.get(value) or known.get(value.partition(":")[0])

    def label(self, axis: str, value: str) -> str:
        """Return an axis value's name in reports: text from outside, neither cut nor escaped."""
        entry = self.entry(axis, value)
        if entry is None or not entry.label:
            return value
        fresh = FRESH if value.startswith(FRESH) else ""
        return fresh + entry.label + value[len(fresh + entry.name) :]

    def value(self, axis: str, text: str) -> str:
        """Return the value that a name, or a label of a report, means; other text as it stands."""
        fresh = FRESH if text.startswith(FRESH) else ""
        bare = text.removeprefix(FRESH)
        table = self.entries.get(axis, {})
        if bare in table or bare.partition(":")[0] in table:
            return text
        for entry in table.values():
            begins, rest = bare[: len(entry.label)], bare[len(entry.label) :]
            if begins and begins.casefold() == entry.label.casefold() and rest[:1] in ("", ":"):
                return fresh + entry.name + rest
        return text

    def key(self, axis: str, value: str) -> tuple[object, ...]:
        """Return a sort key: by the table, then by size and text of the parameter; unknown last."""
        table, fresh = self.entries.get(axis, {}), value.startswith(FRESH)
        value = value.removeprefix(FRESH)
        name, _, parameter = (value, "", "") if value in table else value.partition(":")
        place = list(table).index(name) if name in table else len(table)
        return (place, name, _items(parameter) or 0, parameter, fresh)

    def bounds(self, transport: str) -> bool:
        """Return whether it only bounds the others: it moves no objects, or between threads."""
        entry = self.entry("transport", transport)
        return entry is not None and entry.role in ("bound", "threads")

    def moves_bytes_only(self, transport: str) -> bool:
        """Return whether it moves bytes between processes, but no objects: a ceiling of others."""
        entry = self.entry("transport", transport)
        return entry is not None and entry.role == "bound"

    def own_channels(self, transport: str) -> bool:
        """Return whether it moves objects over a channel for each worker."""
        entry = self.entry("transport", transport)
        return entry is not None and entry.role == "objects" and not entry.shared

    def one_channel(self, transport: str) -> bool:
        """Return whether it moves objects over one channel that all workers share."""
        entry = self.entry("transport", transport)
        return entry is not None and entry.role == "objects" and entry.shared

    def message_bytes(self, payload: str) -> int | None:
        """Return a message's size in bytes, None if the payload's name does not give it."""
        entry, items = (
            self.entry("payload", payload),
            _items(payload.removeprefix(FRESH).partition(":")[2]),
        )
        if entry is None or entry.item_bytes is None or items is None:
            return None
        size = items * entry.item_bytes
        return size if size <= _MOST else None


def _entry(given: Mapping[str, Any]) -> RegistryEntry:
    """Return an entry of run.json, without keys that a later version adds."""
    return RegistryEntry(
        **{one.name: given[one.name] for one in fields(RegistryEntry) if one.name in given}
    )


def _items(parameter: str) -> int | None:
    """Return how many characters, bytes or array items a parameter counts: of 2x3 it is 6."""
    if not _SIZE.fullmatch(parameter):
        return None
    total = 1
    for part in parameter.split("x"):
        total = min(total * int(part), _MOST + 1)
    return total
