"""docs/run-folder.md and docs/transports.md say what the code says."""

import subprocess
import sys
from pathlib import Path

from tests.reference import page

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "run-folder.md"


def test_the_reference_of_the_run_folder_is_that_of_the_code() -> None:
    wanted = page()
    assert "| `sessions[].rounds` |" in wanted
    assert DOCUMENT.read_text(encoding="utf-8") == wanted, (
        "python -m tests.reference > docs/run-folder.md"
    )


def test_every_column_and_entry_has_a_meaning() -> None:
    tables = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(tables) > 100
    assert [line for line in tables if not line.split(" | ")[-1].strip(" |")] == []


def test_the_page_of_transports_is_that_of_the_harness() -> None:
    command = [sys.executable, "-B", str(ROOT / "runner" / "harness"), "transports"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs" / "transports.md").read_text(encoding="utf-8") == printed, (
        "python runner/harness transports > docs/transports.md"
    )
