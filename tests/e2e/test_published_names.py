"""A whole run by a user with a home and a name: no file of it, nor of its bundle, tells them."""

import os
import sys
import zipfile
from pathlib import Path

import pytest

from tests.forked import forked

pytestmark = pytest.mark.machine


ROOT = Path(__file__).parents[2]
NEWEST = f"{sys.version_info[0]}.{sys.version_info[1]}"
SMALL = """\
# /HOME/notes.txt
axes: {python: ["NEWEST"], transport: [pipe, queue]}
measure: {target: 5ms, rounds: 3, min_rounds: 3, warmup_rounds: 1, gate_wait: 0s}
"""


def test_no_file_of_a_run_names_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home" / "alice"
    (home / "proj").mkdir(parents=True)
    (home / "bin").mkdir()
    (home / "bin" / f"python{NEWEST}").symlink_to(sys.executable)
    matrix = home / "proj" / "m.yaml"
    matrix.write_text(SMALL.replace("/HOME", str(home)).replace("NEWEST", NEWEST))
    environment = {
        "HOME": str(home),
        "USER": "alice",
        "PATH": f"{home}/bin:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }

    def ipcmatrix(*arguments: str | Path) -> None:
        done = forked(*arguments, cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stderr

    out, target = home / "proj" / "reports", home / "run.zip"
    given = ("--executor=local", "--no-report", "-q")  # `report` writes the same files
    ipcmatrix("run", *given, "--matrix", matrix, "--out", out)
    (folder,) = out.iterdir()
    ipcmatrix("report", folder, "--bundle", target)
    with zipfile.ZipFile(target) as archive:
        archive.extractall(home / "unpacked")
    files = [path for path in (*out.rglob("*"), *(home / "unpacked").rglob("*")) if path.is_file()]
    assert len(files) > 40
    assert [path for path in files if b"alice" in path.read_bytes()] == []
    assert "/m.yaml" in (folder / "run.json").read_text()
