"""The harness's tables are the only lists of their names: the orchestrator has no second one."""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

from tests.registry import REGISTRY

RUNNER = Path(__file__).parents[2] / "runner"
ELSEWHERE = ("harness/", "analysis/claims/", "studies/")
"""The tables themselves, and what studies are about."""
NAMES = {entry["name"] for entries in REGISTRY.values() for entry in entries}
ALLOWED = {
    ("model/cells.py", "int"): "the payload of a cell that names none",
    ("model/cells.py", "one_to_one"): "the topology of a cell that names none",
    ("analysis/crossovers.py", "fan_out"): "the one topology that the question is put to",
    ("matrix/reference.py", "pipe"): "an example",
    ("matrix/reference.py", "fan_out"): "an example",
    ("report/markdown.py", "pipe"): "a table format of tabulate",
    ("analysis/changes/missing.py", "one_to_one"): "how pandas is to merge",
    ("analysis/changes/axis.py", "one_to_one"): "how pandas is to merge",
    ("analysis/changes/sides.py", "one_to_one"): "how pandas is to merge",
}


def found(path: Path) -> Iterator[str]:
    """Yield the names that stand in a file as whole strings."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and node.value in NAMES:
                yield str(node.value)
    else:
        quoted = re.findall(r"""["'`]([a-z_]+)["'`]""", text)
        yield from (one for one in quoted if one in NAMES)


def test_no_second_list_of_the_harnesss_names() -> None:
    files = [path for path in RUNNER.rglob("*") if path.suffix in (".py", ".js", ".j2")]
    assert len(files) > 100
    spelled = set()
    for path in files:
        file = str(path.relative_to(RUNNER))
        names = set() if file.startswith(ELSEWHERE) else set(found(path))
        # One word such as `bytes` is a key or a dtype; only beside others is it a payload.
        if len(names) > 1 or not names <= set(dir(builtins)):
            spelled |= {(file, name) for name in names}
    second = spelled - set(ALLOWED)
    assert not second, "ask the run's registry (runner/model/catalogue.py) instead of naming these"
    assert not set(ALLOWED) - spelled, "these are no longer needed"
