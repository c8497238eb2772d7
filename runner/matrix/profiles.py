"""A file's profiles: each laid over the rest of the file, at the level of the tree."""

import re
from dataclasses import dataclass

from runner.matrix.mistakes import Mistakes, Place
from runner.matrix.names import nearest
from runner.matrix.quantities import shown
from runner.matrix.tree import Entries, Text, Tree, entries, read_tree

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
    listed, written = top.values.get("profiles"), top.values.get("profile")
    if listed is not None and not isinstance(listed, Entries):
        mistakes.add(listed.place, "profiles: expected a mapping; write a name and its changes")
    places = listed.keys if isinstance(listed, Entries) else {}
    profiles = {
        name: changes
        for name, tree in entries(listed)
        if (changes := _profile(name, tree, places[name], mistakes)) is not None
    }
    trees = {name: _overlay(base, tree) for name, tree in profiles.items()}
    usual = DEFAULT
    if isinstance(written, Text) and written.value:
        usual = written.value
    elif written is not None:
        mistakes.add(written.place, "profile: expected a name; write one of those under profiles")
    chosen = asked or usual
    if DEFAULT in (chosen, usual):
        trees.setdefault(DEFAULT, base)
    for name, by_flag in {usual: False, chosen: asked is not None}.items():
        if name not in trees:
            above = top.keys.get("profiles", top.place)
            place = written.place if written and not by_flag else above
            known = tuple(one for one, _ in entries(listed))
            flag = "--profile: " if by_flag else ""
            mistakes.add(place, f"{flag}unknown profile {shown(name)}; {nearest(name, known)}")
    return Variants(base, profiles, trees, chosen)


def profile_names(text: str) -> list[str]:
    """Return the names of a file's profiles; BadInputError where it is no YAML."""
    mistakes = Mistakes("")
    return [*variants(read_tree(text, mistakes), None, mistakes).profiles]


def _profile(name: str, tree: Tree, place: Place, mistakes: Mistakes) -> Entries | None:
    """Return what a profile lays over the file, None where it is not a mapping."""
    if not re.fullmatch(_NAME, name):
        mistakes.add(
            place, f"{shown(name)} is not a profile name; use letters, digits, '_', '.', '-'"
        )
    if not isinstance(tree, Entries):
        mistakes.add(
            tree.place, f"profile {name[:40]}: expected a mapping; write {{}} for no change"
        )
        return None
    for key in _OWN:
        if key in tree.values:
            mistakes.add(tree.keys[key], f"{key} inside a profile; it belongs at the top only")
    return _without(tree, _OWN)


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
            both, keys = {**below.values, **value.values}, {**below.keys, **value.keys}
            values[key] = Entries(value.place, both, keys)
        else:
            values[key] = value
    return Entries(base.place, values, {**base.keys, **profile.keys})
