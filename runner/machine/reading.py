"""Small files of /proc and /sys as text; what is not there is `unknown`, never an error."""

from collections.abc import Iterator
from pathlib import Path

UNKNOWN = "unknown"


class Tree:
    """The files of a system below `root` (another root than / is for tests)."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root

    def text(self, name: str) -> str:
        """Return a file's text in one line, or `unknown` where it cannot be read."""
        content = self._read(name)
        return UNKNOWN if content is None else " ".join(content.split()) or UNKNOWN

    def lines(self, name: str) -> list[str]:
        """Return a file's lines, none where it cannot be read."""
        return (self._read(name) or "").splitlines()

    def table(self, name: str, separator: str = ":") -> dict[str, str]:
        """Return the `name: value` lines of a file; the first of a name counts."""
        found: dict[str, str] = {}
        for line in self.lines(name):
            key, cut, value = line.partition(separator)
            if cut:
                found.setdefault(key.strip(), value.strip())
        return found

    def glob(self, pattern: str) -> Iterator[Path]:
        """Yield the paths below the root that fit, sorted by name."""
        try:
            yield from sorted(self.root.glob(pattern.lstrip("/")))
        except OSError:
            return

    def texts(self, pattern: str) -> list[str]:
        """Return the distinct texts of all files that fit, in the order of their names."""
        found = (self.text(str(path.relative_to(self.root))) for path in self.glob(pattern))
        return list(dict.fromkeys(one for one in found if one != UNKNOWN))

    def joined(self, pattern: str) -> str:
        """Return the distinct texts of all files that fit as one text, or `unknown`."""
        return " ".join(self.texts(pattern)) or UNKNOWN

    def exists(self, name: str) -> bool:
        """Whether a file is there."""
        return (self.root / name.lstrip("/")).exists()

    def _read(self, name: str) -> str | None:
        try:
            return (self.root / name.lstrip("/")).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None


SYSTEM = Tree()
"""The system that we run on."""
