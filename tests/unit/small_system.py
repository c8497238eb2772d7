"""A made-up system for tests: a few files below a folder."""

from collections.abc import Mapping
from pathlib import Path

from runner.machine.reading import Tree


def system(root: Path, files: Mapping[str, str]) -> Tree:
    """Write the files below `root`, and return it as a system."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(root)


def process_entry(pid: int, ticks: int) -> dict[str, str]:
    """Return the file in which the kernel tells of a process that has used so many ticks."""
    fields = f"S 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 5{' 0' * 30}"
    return {f"proc/{pid}/stat": f"{pid} (a) b) {fields}\n"}
