"""Where the first fault of a file lies: the slow way, taken only when the fast one found one."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runner.columns import Column
from runner.errors import BadInputError
from runner.format import not_utf8, restore
from runner.format.values import accepts, lack, told


def fault(path: Path, columns: Sequence[Column], parser: str) -> BadInputError:
    """Return the error that names line, column and value of the file's first fault.

    `parser` is what the fast reader said; it stands alone where the slow one finds nothing.
    """
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        return not_utf8(path, error)
    line, said = next(_faults(io.StringIO(text, newline=""), columns), (0, parser))
    return restore(path, said, line)


def _faults(text: io.StringIO, columns: Sequence[Column]) -> Iterator[tuple[int, str]]:
    """Yield the line and what is said of each fault; lines of no CSV end the search."""
    lines = csv.reader(text, strict=True)
    header = next(lines)
    by_name = {column.name: column for column in columns}
    number = 1
    try:
        for number, fields in enumerate(lines, start=2):
            yield from ((number, said) for said in _faults_of(header, fields, by_name))
    except csv.Error as error:
        yield number + 1, f"is no CSV ({error})"


def _faults_of(
    header: Sequence[str], fields: Sequence[str], by_name: Mapping[str, Column]
) -> Iterator[str]:
    if len(fields) != len(header):
        yield f"{len(fields)} fields, the header has {len(header)}"
        return
    values = dict(zip(header, fields, strict=True))
    for name, text in values.items():
        if not accepts(by_name[name], text):
            yield told(by_name[name], text)
    if said := lack(values):
        yield said
