"""docs/python-api.md and docs/example.ipynb: what they show runs, and the outputs are as kept.

UPDATE_GOLDEN=1 runs the notebook and keeps its outputs; look at the difference.
"""

import contextlib
import io
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python-api.md").read_text("utf-8")
NOTEBOOK = ROOT / "docs" / "example.ipynb"
EXAMPLES = dict(re.findall(r"## (\w+)\n\n```python\n(.*?)```", PAGE, flags=re.DOTALL))


def test_each_function_has_an_example() -> None:
    assert list(EXAMPLES) == ["load", "analyse", "compare", "ask"]


def test_the_examples_run_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    for name, code in EXAMPLES.items():
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, f"python-api.md: {name}", "exec"), names)
        assert said.getvalue().strip(), name


def outputs(notebook: nbformat.NotebookNode) -> list[list[object]]:
    """Return each cell's outputs: what it printed, and its last value as text."""
    return [
        [one.get("text") or one.get("data", {}).get("text/plain") for one in cell["outputs"]]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


# Warnings of the libraries that start a kernel are their own affair.
@pytest.mark.filterwarnings("default")
def test_the_golden_notebook_runs_and_gives_the_outputs_it_has() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    kept = outputs(notebook)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    if os.environ.get("UPDATE_GOLDEN"):
        for cell in notebook.cells:
            cell.metadata = {}
        notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
        nbformat.write(notebook, NOTEBOOK)  # type: ignore[no-untyped-call]
        kept = outputs(notebook)
    assert outputs(notebook) == kept
    assert all(kept)


def test_the_notebook_names_nobody_and_is_small() -> None:
    text = NOTEBOOK.read_text("utf-8")
    assert not re.search(r"/(?:home|root|work|tmp|usr)/", text)
    assert len(text) < 50_000
