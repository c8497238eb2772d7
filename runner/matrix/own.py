"""The user's own files that a matrix names, read as they are now."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.errors import BadInputError
from runner.files import read
from runner.matrix.mistakes import Mistakes, Place
from runner.matrix.names import file_and_function, looks_like_file, plugin
from runner.matrix.tree import Entries, Items, Text, Tree, items, plain, read_tree
from runner.model import OwnFile

MOST_BYTES = 16 * 1024**2
"""Of one file: it goes into every image, and every process reads it."""


def own_files(text: str, source: str, payloads: Sequence[str] = ()) -> tuple[OwnFile, ...]:
    """Return the files that a matrix names, and those of the flag --payload.

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
    for value, folder, place in named:
        try:
            path, function = (value, "") if value in plugins else file_and_function(value)
        except ValueError:
            continue
        file, name = folder / path, path.rpartition("/")[2]
        try:
            if name not in files:
                files[name] = OwnFile(path, _content(file, folder))
                read_from[name] = file
            if read_from[name] != file:
                message = f"{read_from[name]} is another file of this name; rename one of them"
                raise ValueError(message)
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
    return tuple(files.values())


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
