import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.sessions import session_names, visible
from small_world import read

ROOT = Path(__file__).parents[2]


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/false\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Mapping[str, str]:
    """A machine with interpreters in every place that is looked at; none can be run."""
    for version in ("2.7.18", "3.9.9", "3.9.18", "3.13.0t", "pypy3.11-7.3.20", "3.5.1"):
        executable(tmp_path / ".pyenv" / "versions" / version / "bin" / "python")
    (tmp_path / ".pyenv" / "versions" / "3.8.1" / "bin").mkdir(parents=True)
    executable(tmp_path / ".pyenv" / "versions" / "my-venv" / "bin" / "python")
    executable(tmp_path / ".pyenv" / "shims" / "python3.4")
    executable(tmp_path / ".pyenv" / "shims" / "python3.7")
    data = tmp_path / ".local" / "share"
    executable(data / "uv" / "python" / "cpython-3.14.2-linux-x86_64-gnu" / "bin" / "python")
    free = "cpython-3.14.2+freethreaded-linux-x86_64-gnu"
    executable(data / "uv" / "python" / free / "bin" / "python3")
    executable(data / "mise" / "installs" / "python" / "3.12.4" / "bin" / "python")
    (data / "mise" / "installs" / "python" / "3.11").symlink_to("3.12.4")
    executable(tmp_path / ".asdf" / "installs" / "python" / "3.10.2" / "bin" / "python")
    executable(tmp_path / "bin" / "python3.6")
    executable(tmp_path / "bin" / "python3.9")
    executable(tmp_path / "bin" / "python3-config")
    executable(tmp_path / "bin" / "python3")
    (tmp_path / "bin" / "python3.7").write_text("cannot be executed")
    shims = tmp_path / ".pyenv" / "shims"
    return {"HOME": str(tmp_path), "PATH": f"{shims}:{tmp_path / 'bin'}:/nowhere::relative"}


def test_every_place_is_looked_at_without_running_anything(home: Mapping[str, str]) -> None:
    assert list(visible(home)) == [
        "2.7",
        "3.6",
        "3.9",
        "3.10",
        "3.12",
        "3.13t",
        "3.14",
        "3.14t",
        "pypy3.11",
    ]


def test_the_newest_patch_of_a_version_manager_comes_before_path(home: Mapping[str, str]) -> None:
    place = Path(home["HOME"])
    assert visible(home)["3.9"] == place / ".pyenv" / "versions" / "3.9.18" / "bin" / "python"
    assert visible(home)["3.6"] == place / "bin" / "python3.6"


def test_the_variables_of_the_version_managers_are_followed(tmp_path: Path) -> None:
    executable(tmp_path / "a" / "versions" / "3.6.1" / "bin" / "python")
    executable(tmp_path / "b" / "cpython-3.7.1-linux-x86_64-gnu" / "bin" / "python")
    executable(tmp_path / "c" / "installs" / "python" / "3.8.1" / "bin" / "python")
    executable(tmp_path / "d" / "installs" / "python" / "3.9.1" / "bin" / "python")
    environ = {
        "PYENV_ROOT": str(tmp_path / "a"),
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "b"),
        "ASDF_DATA_DIR": str(tmp_path / "c"),
        "MISE_DATA_DIR": str(tmp_path / "d"),
        "HOME": str(tmp_path / "nobody"),
    }
    assert list(visible(environ)) == ["3.6", "3.7", "3.8", "3.9"]


def test_found_and_explicit_versions_of_all_profiles_are_named(home: Mapping[str, str]) -> None:
    text = """
axes:
  python: [found, 3.15]   # python: [3.16]
profiles:
  old:
    axes:
      python:
        - "2.6"  # long gone
        # - 3.3

        - '3.20'
  flow: {axes: {transport: [pipe], python: [3.11.7,
    3.1]}}
"""
    assert session_names(text, home) == [
        "2.6",
        "2.7",
        "3.1",
        "3.6",
        "3.9",
        "3.10",
        "3.11.7",
        "3.12",
        "3.13t",
        "3.14",
        "3.14t",
        "3.15",
        "3.20",
        "pypy3.11",
    ]


def test_explicit_versions_alone_need_no_look_at_the_machine(home: Mapping[str, str]) -> None:
    assert session_names("axes:\n  python: [3.10, 2.7]\n", home) == ["2.7", "3.10"]


def test_a_text_without_a_list_of_interpreters_means_found(home: Mapping[str, str]) -> None:
    assert session_names("compare: {families: {python: {}}}", home) == list(visible(home))


names = st.sampled_from(["2.7", "3.6", "3.10", "3.14t", "pypy3.11", "3.11.7"])


@given(st.lists(names, min_size=1, unique=True), st.sampled_from(["flow", "block", "quoted"]))
def test_it_names_what_the_reader_of_the_file_names(pythons: list[str], style: str) -> None:
    written = {
        "flow": f"[{', '.join(pythons)}]",
        "block": "".join(f"\n    - {name}" for name in pythons),
        "quoted": "".join(f'\n  - "{name}"   # here' for name in pythons),
    }[style]
    text = f"axes:\n  transport: [pipe]\n  python: {written}\n"
    assert set(session_names(text, {})) == set(read(text).axes["python"])


def test_only_the_standard_library_is_needed() -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-S", "-c", "import runner.sessions as s; print(s.FOUND)"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "found\n"
