"""Strict reading of JSON objects: every field asked for by name and type, none left over."""

import json
import math
from collections.abc import Callable
from typing import NoReturn, TypeVar

Value = TypeVar("Value")


class MismatchError(ValueError):
    """A value is not what the protocol says; the message names the field."""


class Fields:
    """An object of the protocol: each reader takes its field out, `finish` rejects what is left."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            reject(f"{where} is {kind(value)}, not an object")
        self._left: dict[str, object] = dict(value)
        self._where = where

    def __contains__(self, name: str) -> bool:
        """Whether the field is there and has not been taken."""
        return name in self._left

    def take(self, name: str) -> object:
        """Return the field as it came; a missing one is an error."""
        if name not in self._left:
            reject(f"{self._where} has no {name!r}")
        return self._left.pop(name)

    def text(self, name: str) -> str:
        """Return a text."""
        return text(self.take(name), self._name(name))

    def whole(self, name: str) -> int:
        """Return a whole number of at least 0."""
        return whole(self.take(name), self._name(name))

    def number(self, name: str) -> float:
        """Return a number of at least 0."""
        return number(self.take(name), self._name(name))

    def maybe_whole(self, name: str) -> int | None:
        """Return a whole number of at least 0, or None for null."""
        value = self.take(name)
        return None if value is None else whole(value, self._name(name))

    def maybe_number(self, name: str) -> float | None:
        """Return a number of at least 0, or None for null."""
        value = self.take(name)
        return None if value is None else number(value, self._name(name))

    def mapping(self, name: str, read: Callable[[object, str], Value]) -> dict[str, Value]:
        """Return an object whose values are all read by `read`."""
        return mapping(read)(self.take(name), self._name(name))

    def sequence(self, name: str, read: Callable[[object, str], Value]) -> tuple[Value, ...]:
        """Return a list whose values are all read by `read`."""
        return sequence(read)(self.take(name), self._name(name))

    def finish(self) -> None:
        """Reject what has not been taken: it belongs to another version of the protocol."""
        if self._left:
            reject(f"{self._where} has unknown fields: {', '.join(sorted(self._left))}")

    def _name(self, name: str) -> str:
        return f"{self._where}.{name}"


def text(value: object, where: str) -> str:
    """Return a text, or raise MismatchError."""
    if not isinstance(value, str):
        reject(f"{where} is {kind(value)}, not a text")
    return value


def whole(value: object, where: str) -> int:
    """Return a whole number of at least 0, or raise MismatchError."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        reject(f"{where} is {kind(value)}, not a whole number of at least 0")
    return value


def number(value: object, where: str) -> float:
    """Return a finite number of at least 0, or raise MismatchError."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        reject(f"{where} is {kind(value)}, not a number")
    if not math.isfinite(value) or value < 0:
        reject(f"{where} is {value}, not a finite number of at least 0")
    return float(value)


def any_number(value: object, where: str) -> float:
    """Return a finite number, also a negative one, or raise MismatchError."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        reject(f"{where} is {kind(value)}, not a finite number")
    return float(value)


def flag(value: object, where: str) -> bool:
    """Return true or false, or raise MismatchError."""
    if not isinstance(value, bool):
        reject(f"{where} is {kind(value)}, not true or false")
    return value


def mapping(read: Callable[[object, str], Value]) -> Callable[[object, str], dict[str, Value]]:
    """Return a reader of objects whose values are read by `read`."""

    def read_all(value: object, where: str) -> dict[str, Value]:
        if not isinstance(value, dict):
            reject(f"{where} is {kind(value)}, not an object")
        return {key: read(one, f"{where}.{key}") for key, one in value.items()}

    return read_all


def sequence(
    read: Callable[[object, str], Value],
) -> Callable[[object, str], tuple[Value, ...]]:
    """Return a reader of lists whose values are read by `read`."""

    def read_all(value: object, where: str) -> tuple[Value, ...]:
        if not isinstance(value, list):
            reject(f"{where} is {kind(value)}, not a list")
        return tuple(read(one, f"{where}[{place}]") for place, one in enumerate(value))

    return read_all


def kind(value: object) -> str:
    """Return a short text of a JSON value for a message."""
    shown = json.dumps(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"


def reject(message: str) -> NoReturn:
    """Raise MismatchError."""
    raise MismatchError(message)
