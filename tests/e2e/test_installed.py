"""The wheel in an environment of its own: everything is in it, and no other `runner` is taken."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = (
    *("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "matrix.yaml"),
    *("runner", "ipcmatrix", "images"),
)
FOREIGN = "raise SystemExit('a package named runner of the user was imported')\n"


def tool(python: Path, *words: str) -> list[str]:
    """Return the command of uv, or of pip where uv is not: `pip WORDS` for an interpreter."""
    if shutil.which("uv"):
        return ["uv", "pip", *words, "--python", str(python)]
    return [sys.executable, "-m", "pip", "--python", str(python), *words]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources: a build leaves files where it is made."""
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=unwanted)
        else:
            shutil.copy(ROOT / name, copy / name)
    out = copy / "dist"
    if shutil.which("uv"):
        command = ["uv", "build", "--wheel", "--out-dir", str(out), str(copy)]
    else:
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(out), str(copy)]
    subprocess.run(command, check=True, capture_output=True)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel, and our libraries."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run(
        tool(python, "install", "--no-deps", str(wheel)), check=True, capture_output=True
    )
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_the_wheel_holds_what_is_next_to_the_code_in_a_clone(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "ipcmatrix/data/matrix.yaml",
        "ipcmatrix/data/images/interpreter.Dockerfile",
        "ipcmatrix/py.typed",
        "runner/py.typed",
        "runner/matrix/matrix.schema.json",
        "runner/harness/__main__.py",
        "runner/pipeline/github/matrix.yaml",
        "runner/pipeline/kubernetes/job.yaml",
        "runner/report/templates/site_index.html.j2",
    } <= names
    assert not [name for name in names if name.startswith(("tests/", "reports/", "images/"))]


@pytest.mark.machine
def test_an_empty_folder_is_measured_by_the_matrix_that_comes_with_it(
    installed: Path, tmp_path: Path
) -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    options = ["--only", f"python={version}", "--only", "transport=pipe,queue", "--rounds", "2"]
    done = subprocess.run(
        [installed / "ipcmatrix", "run", *options, "--only", "workers=1", "-q", "--no-report"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no matrix.yaml here: taking the one that comes with ipcmatrix" in done.stderr
    (run,) = (tmp_path / "reports").iterdir()
    assert json.loads((run / "run.json").read_text())["matrix"]["profile"] == "quick"


def test_the_api_of_the_wheel_takes_its_own_runner(installed: Path, tmp_path: Path) -> None:
    run = ROOT / "tests" / "data" / "aa" / "first"
    code = f"import ipcmatrix; print(ipcmatrix.ask('3.11', run={str(run)!r}).measured)"
    (tmp_path / "runner").mkdir()
    (tmp_path / "runner" / "__init__.py").write_text(FOREIGN)
    done = subprocess.run(
        [installed / "python", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


@pytest.mark.parametrize("optimized", ["", "1"])
@pytest.mark.parametrize("module", [False, True], ids=["command", "module"])
def test_a_package_named_runner_of_the_user_does_no_harm(
    installed: Path, tmp_path: Path, module: bool, optimized: str
) -> None:
    for folder in (tmp_path, tmp_path / "path"):
        (folder / "runner").mkdir(parents=True)
        (folder / "runner" / "__init__.py").write_text(FOREIGN)
    command = [installed / "python", "-m", "ipcmatrix"] if module else [installed / "ipcmatrix"]
    environment = {"PYTHONPATH": str(tmp_path / "path"), "PYTHONOPTIMIZE": optimized}
    done = subprocess.run(
        [*command, "check"],
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "profile quick" in done.stdout) == (0, True), done.stderr
