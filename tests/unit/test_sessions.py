from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.machine import candidates as candidates_module
from runner.model import IN_CONTAINERS
from runner.sessions import session_names, visible
from small_world import read

ROOT = Path(__file__).parents[2]


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/false\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with interpreters in every place that is looked at; none can be run."""
    for version in ("2.7.18", "3.9.9", "3.9.18", "3.5.1"):
        minor = version.rpartition(".")[0]
        executable(tmp_path / ".pyenv" / "versions" / version / "bin" / f"python{minor}")
    executable(tmp_path / ".pyenv" / "versions" / "pypy3.11-7.3.20" / "bin" / "pypy3.11")
    executable(tmp_path / ".pyenv" / "versions" / "my-venv" / "bin" / "python")
    executable(tmp_path / ".pyenv" / "shims" / "python3.4")
    executable(tmp_path / "bin" / "python3.14t")
    executable(tmp_path / "bin" / "python3.6")
    executable(tmp_path / "bin" / "python3.9")
    executable(tmp_path / "bin" / "python3-config")
    (tmp_path / "bin" / "python3.7").write_text("cannot be executed")
    for name in ("PYENV_ROOT", "XDG_DATA_HOME", "UV_PYTHON_INSTALL_DIR", "RUNNER_TOOL_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path / '.pyenv' / 'shims'}:{tmp_path / 'bin'}:/nowhere")
    monkeypatch.setattr(candidates_module, "_patterns", lambda _: ())
    return tmp_path


def test_programs_are_named_without_running_one(home: Path) -> None:
    del home
    assert list(visible()) == ["2.7", "3.6", "3.9", "3.14t", "pypy3.11"]


def test_what_comes_first_in_path_is_taken(home: Path) -> None:
    assert visible()["3.9"] == home / ".pyenv" / "versions" / "3.9.18" / "bin" / "python3.9"
    assert visible()["3.6"] == home / "bin" / "python3.6"


def test_found_and_explicit_versions_of_all_profiles_are_named(home: Path) -> None:
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
    del home
    names = session_names(text)
    assert [name for name, here in names.items() if here] == list(visible())
    assert {"2.6", "3.11.7", "3.1", "3.15", "3.20", "3.14"} <= set(names)
    assert list(names)[:4] == ["2.6", "2.7", "3.1", "3.6"]


def test_explicit_versions_need_no_look_at_the_machine(home: Path) -> None:
    del home
    assert session_names("axes:\n  python: [3.10, 2.7]\n") == {"2.7": True, "3.10": False}


@pytest.mark.parametrize("text", ["compare: {axes: {python: {}}}", "axes: [", ""])
def test_a_text_without_a_list_of_interpreters_means_found(home: Path, text: str) -> None:
    del home
    assert set(session_names(text)) == {*visible(), *IN_CONTAINERS}


names = st.sampled_from(["2.7", "3.6", "3.10", "3.14t", "pypy3.11", "3.11.7"])


@given(st.lists(names, min_size=1, unique=True), st.sampled_from(["flow", "block", "quoted"]))
@pytest.mark.slow
def test_it_names_what_the_reader_of_the_file_names(pythons: list[str], style: str) -> None:
    written = {
        "flow": f"[{', '.join(pythons)}]",
        "block": "".join(f"\n    - {name}" for name in pythons),
        "quoted": "".join(f'\n  - "{name}"   # here' for name in pythons),
    }[style]
    text = f"axes:\n  transport: [pipe]\n  python: {written}\n"
    assert set(session_names(text)) == set(read(text).axes["python"])
