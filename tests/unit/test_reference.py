"""docs/run-folder.md says what the code says."""

from pathlib import Path

from tests.reference import page

DOCUMENT = Path(__file__).parents[2] / "docs" / "run-folder.md"


def test_the_reference_of_the_run_folder_is_that_of_the_code() -> None:
    wanted = page()
    assert "| `sittings[].rounds` |" in wanted
    assert DOCUMENT.read_text(encoding="utf-8") == wanted, (
        "python -m tests.reference > docs/run-folder.md"
    )


def test_every_column_and_entry_has_a_meaning() -> None:
    tables = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(tables) > 100
    assert [line for line in tables if not line.split(" | ")[-1].strip(" |")] == []
