"""The user's own files that a matrix names, read as they are now."""

import ast
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runner.errors import BadInputError
from runner.files import read
from runner.matrix.mistakes import Mistakes, Place
from runner.matrix.names import FILE, file_and_function, looks_like_file, plugin
from runner.matrix.tree import Entries, Items, Text, Tree, items, plain, read_tree
from runner.model import OwnFile

MOST_BYTES = 16 * 1024**2
"""Of one file: it goes into every image, and every process reads it."""


def own_files(text: str, source: str, payloads: Sequence[str] = ()) -> tuple[OwnFile, ...]:
    """Return the files that a matrix names, those of the flag --payload, and what they import.

    The matrix's files are in its folder or below, those of the flag in the current one or below.
    BadInputError names what cannot be read, with its place; a value that is wrong in itself is
    passed over here.
    """
    mistakes = Mistakes(source)
    flagged: list[str] = []
    top, folder = read_tree(text, mistakes), Path(source).parent
    named: list[tuple[str, Path, Place | None]] = [
        (value, folder, place) for value, place in _named(top)
    ]
    named += [(value, Path(), None) for value in payloads if looks_like_file(value)]
    plugins = dict[str, Place]()
    if (listed := top.values.get("plugins")) is not None:
        if not isinstance(listed, Items):
            mistakes.add(listed.place, "plugins: expected a list; write [./my_transports.py]")
        for each in items(listed):
            try:
                plugins.setdefault(plugin(plain(each)), each.place)
            except ValueError as error:
                mistakes.add(each.place, f"plugins: {error}")
    named += [(path, folder, place) for path, place in plugins.items()]
    read_from: dict[str, Path] = {}
    files: dict[str, OwnFile] = {}
    for value, base, place in named:
        try:
            path, function = (value, "") if value in plugins else file_and_function(value)
        except ValueError:
            continue
        file, name = base / path, path.rpartition("/")[2]
        try:
            if name not in files:
                files[name] = OwnFile(path, _content(file, base))
                read_from[name] = file
            _refuse_another(read_from[name], file)
        except ValueError as error:
            if place is None:
                flagged.append(f"--payload {value}: {error}")
            else:
                mistakes.add(place, f"{value}: {error}")
            continue
        functions = dict.fromkeys((*files[name].functions, *filter(None, [function])))
        files[name] = OwnFile(path, files[name].content, tuple(functions), path in plugins)
    mistakes.raise_any()
    if flagged:
        raise BadInputError(*flagged)
    return with_helpers({name: (one, read_from[name]) for name, one in files.items()})


def with_helpers(files: Mapping[str, tuple[OwnFile, Path]]) -> tuple[OwnFile, ...]:
    """Return the files, and behind them those beside them that they import by name.

    `files` are by their own names, each with where it was read. A file that is imported only while
    the program runs (by importlib, say) is not seen. BadInputError for one that cannot be read.
    """
    found, waiting, mistakes = dict(files), list(files), list[str]()
    while waiting:
        own, file = found[waiting.pop(0)]
        for name, line in _imported(own).items():
            beside = file.with_name(f"{name}.py")
            if not os.path.lexists(beside):
                continue
            try:
                if beside.name not in found:
                    path = own.path.removesuffix(own.name) + beside.name
                    found[beside.name] = OwnFile(path, _content(beside, beside.parent)), beside
                    waiting.append(beside.name)
                _refuse_another(found[beside.name][1], beside)
            except ValueError as error:
                mistakes.append(f"{own.path}:{line}: it imports {name}: {error}")
    modules: dict[str, OwnFile] = {}
    for own, _ in found.values():
        same = modules.setdefault(own.name.replace("-", "_"), own)
        if same is not own:
            mistakes.append(f"{own.path}: it is the same module as {same.path}; rename one of them")
    if mistakes:
        raise BadInputError(*mistakes)
    return tuple(own for own, _ in found.values())


def _imported(own: OwnFile) -> Mapping[str, int]:
    """Return the modules that a file imports by name, with the line, but the standard library's.

    A file of its own folder is `helpers`, `plugins.helpers` or `.helpers` there.
    """
    if not own.name.endswith(".py"):
        return {}
    try:
        nodes = list(ast.walk(ast.parse(own.content)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the harness says where
        return {}
    found = dict[str, int]()
    for node in nodes:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        names = [one.name for one in node.names]
        if isinstance(node, ast.ImportFrom):
            package = ".".join(filter(None, ("plugins" if node.level else "", node.module)))
            names = [f"plugins.{one}" for one in names] if package == "plugins" else [package]
        for name in names:
            first = name.removeprefix("plugins.").partition(".")[0]
            usual = not name.startswith("plugins.") and first in sys.stdlib_module_names
            if not usual and re.fullmatch(FILE, f"{first}.py"):
                found.setdefault(first, node.lineno)
    return found


def _refuse_another(known: Path, file: Path) -> None:
    if os.path.abspath(known) != os.path.abspath(file):  # noqa: PTH100 - resolve would follow links
        message = f"{known} is another file of this name; rename one of them"
        raise ValueError(message)


def _named(tree: Tree, key: str = "") -> Iterator[tuple[str, Place]]:
    """Yield the values of the axis payload that name files, wherever they are."""
    if isinstance(tree, Text):
        if key == "payload" and looks_like_file(tree.value):
            yield tree.value, tree.place
    elif isinstance(tree, Items):
        for value in tree.values:
            yield from _named(value, key)
    elif isinstance(tree, Entries):
        for name, value in tree.values.items():
            yield from _named(value, name)


def _content(file: Path, folder: Path) -> bytes:
    try:
        content = read(file, folder)
    except OSError as error:
        message = f"{error.filename}: {error.strerror}; name a file next to the matrix, or below it"
        raise ValueError(message) from error
    if len(content) > MOST_BYTES:
        message = f"{file} has {len(content):,} bytes; at most {MOST_BYTES:,} go into an image"
        raise ValueError(message)
    return content
