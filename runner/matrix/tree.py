"""YAML text → a tree in which every scalar is text and every value knows its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from runner.matrix.mistakes import START, Mistakes, Place
from runner.matrix.quantities import shown

MOST_DEPTH = 16
MOST_NODES = 20_000
"""Keys and values with every alias expanded; a long text counts as many.

The largest matrix written by hand has a few thousand.
"""
LONG = 100
"""Characters of a text that count as one value."""

_HALF = re.compile("[\ud800-\udfff]")
_CORE_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map")}


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as written: `3.10` is the text 3.10."""

    place: Place
    value: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    values: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping; `keys` are the places of its keys."""

    place: Place
    values: Mapping[str, "Tree"]
    keys: Mapping[str, Place]


Tree = Text | Items | Entries
Path = tuple[str | int, ...]


def read_tree(text: str, mistakes: Mistakes) -> Entries:
    """Return the tree of one YAML document, whose top is a mapping.

    Duplicate keys, tags and merge keys are added to `mistakes`; BadInputError ends the reading
    if the text is not YAML or is a bomb.
    """
    top: Node | None = None
    try:
        top = _Composer(text, mistakes).get_single_node()
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
        found = chr(error.character) if isinstance(error.character, int) else error.character
        mistakes.fatal(place, f"character {found!r} is not allowed; write text in UTF-8")
    except yaml.MarkedYAMLError as error:
        if error.context == "expected a single document in the stream":
            place = _place(error.problem_mark)
            mistakes.fatal(place, "a second document; a matrix is one document")
        problem = " ".join(part for part in (error.context, error.problem) if part)
        hint = "put the text in quotes if it is meant as text"
        place = _place(error.problem_mark or error.context_mark)
        mistakes.fatal(place, f"not YAML: {problem}; {hint}")
    if top is None:
        mistakes.fatal(START, "the file is empty; a matrix needs at least the key axes")
    tree = _TreeReader(mistakes).tree(top)
    if not isinstance(tree, Entries):
        mistakes.fatal(tree.place, "the top must be a mapping; start with the key axes:")
    return tree


def plain(tree: Tree) -> object:
    """Return the tree as dict, list and str."""
    match tree:
        case Text():
            return tree.value
        case Items():
            return [plain(value) for value in tree.values]
        case Entries():
            return {key: plain(value) for key, value in tree.values.items()}


def at(tree: Tree | None, *path: str | int) -> Tree | None:
    """Return the value at the path, or None."""
    for step in path:
        match tree, step:
            case Entries(), str():
                tree = tree.values.get(step)
            case Items(), int() if step < len(tree.values):
                tree = tree.values[step]
            case _:
                return None
    return tree


def entries(tree: Tree | None) -> Iterator[tuple[str, Tree]]:
    """Yield key and value of a mapping; nothing for anything else."""
    if isinstance(tree, Entries):
        yield from tree.values.items()


def items(tree: Tree | None) -> Iterator[Tree]:
    """Yield the values of a list; nothing for anything else."""
    if isinstance(tree, Items):
        yield from tree.values


def place_of(tree: Tree, path: Path, *, key: bool = False) -> Place:
    """Return the place of the value at the path, or of its key; of the nearest above it else."""
    for step in path[:-1] if key else path:
        below = at(tree, step)
        if below is None:
            return tree.place
        tree = below
    if key and isinstance(tree, Entries) and path:
        return tree.keys.get(str(path[-1]), tree.place)
    return tree.place


def _place(mark: yaml.Mark | None) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else START


class _Composer(yaml.BaseLoader):
    """PyYAML's composer without any guess at types, and with limits on depth and size."""

    def __init__(self, text: str, mistakes: Mistakes) -> None:
        super().__init__(text)
        self.mistakes = mistakes
        self.depth = 0
        self.nodes = 0
        self.sizes: dict[str, int] = {}

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Return the next node; an alias gives the anchored node itself."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        place = _place(event.start_mark)
        anchor: str | None = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            self._count_alias(anchor or "", place)
            return super().compose_node(parent, index)
        self._refuse_tag(getattr(event, "tag", None), place)
        before = self.nodes
        self._count(1 + len(getattr(event, "value", "")) // LONG, place)
        self.depth += 1
        if self.depth > MOST_DEPTH:
            self.mistakes.fatal(place, f"nested too deeply; at most {MOST_DEPTH} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        if anchor:
            self.sizes[anchor] = self.nodes - before
        return node

    def scan_flow_scalar_non_spaces(self, double: bool, start: yaml.Mark) -> list[str]:
        """Return the next pieces of quoted text; an escape may name a number without character."""
        try:
            return list(super().scan_flow_scalar_non_spaces(double, start))
        except (ValueError, OverflowError):
            line, column = _place(self.get_mark())
            what = f"not YAML: \\U{self.prefix(8)} is not a character"
            place = Place(line, column - len("\\U"))
            self.mistakes.fatal(place, f"{what}; the last is \\U0010FFFF, write the text itself")

    def scan_yaml_directive_number(self, start: yaml.Mark) -> int:
        """Return a number of the directive %YAML, which Python may find too long to be one."""
        try:
            return int(super().scan_yaml_directive_number(start))
        except ValueError:
            place = _place(self.get_mark())
            self.mistakes.fatal(
                place, "not YAML: unknown version; write %YAML 1.2, or leave it out"
            )

    def _count_alias(self, anchor: str, place: Place) -> None:
        if anchor in self.anchors and anchor not in self.sizes:
            self.mistakes.fatal(place, f"*{anchor} contains itself; write the values out")
        self._count(self.sizes.get(anchor, 0), place)

    def _count(self, nodes: int, place: Place) -> None:
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            what = f"more than {MOST_NODES:,} keys and values with all aliases written out"
            self.mistakes.fatal(place, f"{what}; write a smaller matrix")

    def _refuse_tag(self, tag: str | None, place: Place) -> None:
        if tag is not None and tag not in _CORE_TAGS:
            self.mistakes.add(place, f"tag {shown(tag)}; values are written without tags")


class _TreeReader:
    """Turns PyYAML's nodes into a tree, collecting mistakes about keys."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.trees: dict[int, Tree] = {}

    def tree(self, node: Node) -> Tree:
        """Return the tree of a node: the same one wherever an alias repeats it."""
        if id(node) not in self.trees:
            self.trees[id(node)] = self._new(node)
        return self.trees[id(node)]

    def _new(self, node: Node) -> Tree:
        place = _place(node.start_mark)
        match node:
            case MappingNode():
                return self._entries(node, place)
            case SequenceNode():
                return Items(place, tuple(self.tree(value) for value in node.value))
            case _:
                return Text(place, self._text(node, place))

    def _text(self, node: Node, place: Place) -> str:
        value = str(node.value)
        if _HALF.search(value):
            hint = "write the character itself, or \\U and its 8 digits, as in \\U0001F600"
            what = f"{shown(value)} holds half of a character (\\ud800 to \\udfff)"
            self.mistakes.fatal(place, f"{what}; {hint}")
        return value

    def _entries(self, node: MappingNode, place: Place) -> Entries:
        values: dict[str, Tree] = {}
        keys: dict[str, Place] = {}
        for key_node, value_node in node.value:
            key_place = _place(key_node.start_mark)
            key = self._key(key_node, key_place)
            if key is None:
                continue
            if key in keys:
                first = self.mistakes.where(keys[key])
                what = f"key {shown(key)} is given twice, first at {first}"
                self.mistakes.add(key_place, f"{what}; keep one of them")
                continue
            keys[key] = key_place
            values[key] = self.tree(value_node)
        return Entries(place, values, keys)

    def _key(self, node: Node, place: Place) -> str | None:
        if not isinstance(node, ScalarNode):
            self.mistakes.add(place, "a key that is a list or a mapping; a key is one word")
            return None
        if node.value == "<<":
            allowed = "use a profile, or an alias for a complete value"
            self.mistakes.add(place, f"merge keys (<<) are not supported; {allowed}")
            return None
        return self._text(node, place)
