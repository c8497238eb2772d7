"""A file's profiles: each laid over the rest of the file, at the level of the tree."""

import re
from dataclasses import dataclass

from runner.matrix.mistakes import Mistakes, Place
from runner.matrix.names import nearest
from runner.matrix.quantities import shown
from runner.matrix.tree import Entries, Text, Tree, entries

SECTIONS = ("axes", "compare", "measure", "limits", "images", "cluster", "packages")
"""Mappings of which a profile replaces key by key; everything else it replaces as a whole."""

DEFAULT = "default"
"""The name of the file itself, without a profile; a profile of this name takes its place."""

_OWN = ("plugins", "profile", "profiles")
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"


@dataclass(frozen=True, slots=True)
class Variants:
    """Every matrix that one file holds: `trees` by profile, and the name that is asked for.

    `base` is the file without its profiles, `profiles` what each of them lays over it.
    """

    base: Entries
    profiles: dict[str, Entries]
    trees: dict[str, Entries]
    chosen: str


def variants(top: Entries, asked: str | None, mistakes: Mistakes) -> Variants:
    """Return the file's variants; an unknown profile is a mistake that lists the known."""
    base = _without(top, _OWN)
    profiles = {
        name: _without(tree, _OWN)
        for name, tree in entries(_profiles(top, mistakes))
        if _is_profile(name, tree, top, mistakes) and isinstance(tree, Entries)
    }
    trees = {name: _overlay(base, tree) for name, tree in profiles.items()}
    usual = _written(top, mistakes) or DEFAULT
    chosen = asked or usual
    if DEFAULT in (chosen, usual):
        trees.setdefault(DEFAULT, base)
    for name, by_flag in {usual: False, chosen: asked is not None}.items():
        if name not in trees:
            _tell_unknown(top, name, by_flag, mistakes)
    return Variants(base, profiles, trees, chosen)


def _tell_unknown(top: Entries, chosen: str, asked: bool, mistakes: Mistakes) -> None:
    known = tuple(name for name, _ in entries(top.values.get("profiles")))
    written = top.values.get("profile")
    above = top.keys.get("profiles", top.place)
    place = written.place if written and not asked else above
    flag = "--profile: " if asked else ""
    mistakes.add(place, f"{flag}unknown profile {shown(chosen)}; {nearest(chosen, known)}")


def _profiles(top: Entries, mistakes: Mistakes) -> Tree | None:
    tree = top.values.get("profiles")
    if tree is not None and not isinstance(tree, Entries):
        mistakes.add(tree.place, "profiles: expected a mapping; write a name and its changes")
    return tree


def _written(top: Entries, mistakes: Mistakes) -> str | None:
    tree = top.values.get("profile")
    if tree is None:
        return None
    if not isinstance(tree, Text) or not tree.value:
        mistakes.add(tree.place, "profile: expected a name; write one of those under profiles")
        return None
    return tree.value


def _is_profile(name: str, tree: Tree, top: Entries, mistakes: Mistakes) -> bool:
    profiles = top.values["profiles"]
    place = profiles.keys[name] if isinstance(profiles, Entries) else top.place
    if not re.fullmatch(_NAME, name):
        mistakes.add(
            place, f"{shown(name)} is not a profile name; use letters, digits, '_', '.', '-'"
        )
    if not isinstance(tree, Entries):
        mistakes.add(
            tree.place, f"profile {name[:40]}: expected a mapping; write {{}} for no change"
        )
        return False
    for key in _OWN:
        if key in tree.values:
            mistakes.add(tree.keys[key], f"{key} inside a profile; it belongs at the top only")
    return True


def _without(tree: Entries, keys: tuple[str, ...]) -> Entries:
    values = {key: value for key, value in tree.values.items() if key not in keys}
    places: dict[str, Place] = {key: place for key, place in tree.keys.items() if key in values}
    return Entries(tree.place, values, places)


def _overlay(base: Entries, profile: Entries) -> Entries:
    """Return the base with the profile's keys in place of its own, and its sections merged."""
    values = dict(base.values)
    for key, value in profile.values.items():
        below = base.values.get(key)
        if key in SECTIONS and isinstance(below, Entries) and isinstance(value, Entries):
            values[key] = _merged(below, value)
        else:
            values[key] = value
    return Entries(base.place, values, {**base.keys, **profile.keys})


def _merged(below: Entries, over: Entries) -> Entries:
    values = {**below.values, **over.values}
    return Entries(over.place, values, {**below.keys, **over.keys})
