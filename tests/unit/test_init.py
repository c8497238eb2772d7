"""`ipcmatrix init`: what it writes is taken by the program, and what exists is left."""

import ast
from pathlib import Path

import pytest

from runner import __version__
from runner.errors import EnvironmentLacksError
from runner.pipeline.init import IGNORED, MATRIX, NOXFILE, init, workflow
from small_world import read

ROOT = Path(__file__).parents[2]


def test_the_matrix_is_short_and_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(nox=False, folder=tmp_path) == 0
    text = (tmp_path / "matrix.yaml").read_text("utf-8")
    assert len(read(text).grids) == 2
    assert 20 <= len(text.splitlines()) <= 28
    assert (tmp_path / ".gitignore").read_text() == IGNORED
    assert not (tmp_path / "noxfile.py").exists()
    assert "matrix.yaml: written" in capsys.readouterr().out


def test_what_is_commented_out_in_the_matrix_is_right_too() -> None:
    lines = [
        line.replace("# payload", "payload").replace("# python", "python")
        for line in MATRIX.splitlines()
    ]
    matrix = read("\n".join(lines).replace("bytes:", "str:"))
    assert matrix.axes["payload"] == ("int", "str:10000", "dict")
    assert list(matrix.compare.axes) == ["transport", "placement", "python"]


def test_nothing_is_overwritten_not_even_what_a_link_points_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "matrix.yaml").write_text("mine")
    (tmp_path / ".gitignore").write_text("reports/\n")
    (tmp_path / "noxfile.py").symlink_to(tmp_path / "elsewhere.py")
    assert init(nox=True, folder=tmp_path) == 0
    assert (tmp_path / "matrix.yaml").read_text() == "mine"
    assert (tmp_path / ".gitignore").read_text() == "reports/\n"
    assert not (tmp_path / "elsewhere.py").exists()
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        "matrix.yaml: exists, not changed",
        ".gitignore: exists, not changed; add to it: .ipcmatrix.lock",
        "noxfile.py: exists, not changed",
    ]


def test_the_noxfile_is_python_with_two_sessions(tmp_path: Path) -> None:
    init(nox=True, folder=tmp_path)
    tree = ast.parse((tmp_path / "noxfile.py").read_text())
    assert (tmp_path / "noxfile.py").read_text() == NOXFILE
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert names == ["matrix", "report"]


def test_the_workflows_are_those_of_this_project_but_for_what_they_install(tmp_path: Path) -> None:
    init(nox=False, github=True, folder=tmp_path)
    written = {one.name: one.read_text() for one in (tmp_path / ".github/workflows").iterdir()}
    assert set(written) == {"matrix.yml", "matrix-check.yml"}
    ours = (ROOT / ".github/workflows/matrix.yml").read_text()
    assert ours == workflow("matrix.yaml", "pip install .", "overview")
    pinned = f'pip install "ipcmatrix=={__version__}"'
    for text in written.values():
        assert pinned in text
        assert "@INSTALL" not in text
        assert "@PROFILE" not in text
    same = written["matrix.yml"].replace(pinned, "pip install .")
    assert [one for one in ours.splitlines() if one not in same.splitlines()] == [
        '        default: "overview"',
        "  PROFILE: ${{ inputs.profile || 'overview' }}",
    ]


def test_workflows_are_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ".github").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EnvironmentLacksError, match=r"\.github: .*is a link"):
        init(nox=False, github=True, folder=tmp_path / "mine")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert [one.name for one in (tmp_path / "mine").iterdir()] == [".github"]


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    (tmp_path / "nowhere").write_text("")
    with pytest.raises(EnvironmentLacksError, match=r"nowhere: cannot be written"):
        init(nox=False, folder=tmp_path / "nowhere")
