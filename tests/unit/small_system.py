"""A made-up system for tests: a few files below a folder."""

from collections.abc import Mapping
from pathlib import Path

from runner.facts.reading import Tree


def system(root: Path, files: Mapping[str, str]) -> Tree:
    """Write the files below `root`, and return it as a system."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(root)
