"""What a shell completes: names of runs, profiles and axes, and the words of `ask`."""

import csv
import io
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from click.shell_completion import BashComplete, CompletionItem, add_completion_class

from runner import matrix
from runner.errors import IpcmatrixError
from runner.model import AXES
from runner.pipeline import choosing
from runner.pipeline.reading import MATRIX, harness_names
from runner.runfolder.files import parts_of, text_of
from runner.runfolder.head import CELLS
from runner.shipped import shipped

ASKED = ("transport", "payload", "topology", "python", "placement")
"""The axes whose values `ask` takes as words."""
BREAKS = ("=", ":")
"""Where bash begins a new word, and we do not: transport=pipe, bytes:1000."""

Given = Mapping[str, Any]


def runs(given: Given, begun: str) -> list[CompletionItem]:
    """Return the runs in reports/, and where none begins like this, any folder."""
    del given
    found = _items((str(path) for path in choosing.runs_here()), begun)
    return found or [CompletionItem(begun, type="dir")]


def profiles(given: Given, begun: str) -> list[CompletionItem]:
    """Return the profiles of the matrix."""
    path = given.get("matrix") or (MATRIX if os.path.lexists(MATRIX) else shipped(MATRIX.name))
    with suppress(IpcmatrixError):
        return _items(matrix.profile_names(matrix.read_text(path)), begun)
    return []


def axis_values(given: Given, begun: str) -> list[CompletionItem]:
    """Return axes with =, and after that the harness's names on the axis, also behind a comma."""
    del given
    axis, equals, value = begun.partition("=")
    if not equals:
        return _items((f"{one}=" for one in AXES), begun)
    before = begun[: len(begun) - len(value.rpartition(",")[2])]
    return _items((before + one for one in _names_on(axis)), begun)


def words(given: Given, begun: str) -> list[CompletionItem]:
    """Return the words of `ask`: what the run measured; without a run, all transports."""
    try:
        found = _of_run(choosing.chosen(given.get("run")))
    except IpcmatrixError:
        found = _names_on("transport")
    return _items(found, begun)


def _of_run(folder: Path) -> list[str]:
    cells = [
        row
        for part in parts_of(folder)
        for row in csv.DictReader(io.StringIO(text_of(part / CELLS)))
    ]
    values = [row.get(axis) or "" for axis in ASKED for row in cells]
    workers = sorted({row.get("workers") or "" for row in cells}, key=lambda one: (len(one), one))
    return [*dict.fromkeys(values), *(f"workers={one}" for one in workers)]


def _names_on(axis: str) -> list[str]:
    with suppress(IpcmatrixError):
        return [one.name for one in harness_names(()).registry.get(axis, ())]
    return []


def _items(names: Iterable[str], begun: str) -> list[CompletionItem]:
    return [CompletionItem(one) for one in names if one and one.startswith(begun)]


class _Bash(BashComplete):
    """Puts together what bash takes apart at BREAKS, and answers with the part behind them."""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, begun = super().get_completion_args()
        whole: list[str] = []
        for word in [*args, begun]:
            if whole and (word in BREAKS or whole[-1].endswith(BREAKS)):
                whole[-1] += word
            else:
                whole.append(word)
        *args, begun = whole
        self._before = begun[: max(begun.rfind(one) for one in BREAKS) + 1]
        return args, begun

    def format_completion(self, item: CompletionItem) -> str:
        item.value = item.value.removeprefix(self._before)
        return super().format_completion(item)


def register() -> None:
    """Take our class for bash."""
    add_completion_class(_Bash)
