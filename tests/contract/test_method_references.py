"""Where the code names a section of docs/method.md, there is one of that number."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"method\.md §(\d+(?:\.\d+)?)((?:, §\d+(?:\.\d+)?)*)")
SUFFIXES = (".py", ".css", ".j2", ".js")


def sections() -> set[str]:
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    return set(re.findall(r"^##+ (\d+(?:\.\d+)?)\.? ", text, re.MULTILINE))


def named() -> dict[str, set[str]]:
    """Return the sections that each file of the program names."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "runner").rglob("*")):
        if path.suffix in SUFFIXES:
            for first, more in NAMED.findall(path.read_text(encoding="utf-8")):
                numbers = {first, *re.findall(r"[\d.]+", more)}
                found.setdefault(str(path.relative_to(ROOT)), set()).update(numbers)
    return found


def test_every_section_of_the_method_that_the_code_names_is_there() -> None:
    assert {"1", "10", "11"} <= sections()
    references = named()
    assert len(references) >= 10
    unknown = {path: numbers - sections() for path, numbers in references.items()}
    assert {path: numbers for path, numbers in unknown.items() if numbers} == {}
