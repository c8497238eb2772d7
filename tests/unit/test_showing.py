"""`ipcmatrix open`: the page of a run in the user's browser, and no name as a command."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from runner.errors import BadInputError, EnvironmentLacksError
from runner.pipeline.showing import open_page

ROOT = Path(__file__).parents[2]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder with a browser that notes its arguments, one a line; give its notes.

    No other program is found.
    """
    programs = tmp_path / "programs"
    programs.mkdir()
    browser = programs / "browser"
    notes = tmp_path / "notes"
    browser.write_text(f'#!/bin/sh\nfor one in "$@"; do echo "$one" >> {notes}; done\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BROWSER", str(browser))
    monkeypatch.setenv("PATH", f"{programs}")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("webbrowser._tryorder", None)
    monkeypatch.setattr("webbrowser._browsers", {})
    return notes


def run(name: str) -> Path:
    folder = Path("reports") / name
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    (folder / "report.html").write_text("<!doctype html><title>a report</title>")
    return folder


def test_the_newest_run_is_shown_and_its_path_printed(
    opened: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = run("20270101-a"), run("20270102-b")
    os.utime(old / "run.json", (1, 1))
    assert open_page(run=None) == 0
    assert opened.read_text() == f"{(new / 'report.html').resolve().as_uri()}\n"
    assert capsys.readouterr().out == f"{new}/report.html\n"


def test_a_run_is_named_by_its_folder_or_its_name(opened: Path) -> None:
    folder = run("20270101-a")
    assert open_page(run=str(folder)) == 0
    assert open_page(run=folder.name) == 0
    assert len(set(opened.read_text().splitlines())) == 1


def test_no_name_becomes_a_command_or_an_option(opened: Path) -> None:
    for name in ("--new-window", "a; touch b", "$(touch b)", "`touch b`", "a%20b%s", "x\ny"):
        folder = run(name)
        assert open_page(run=str(folder.resolve())) == 0
    told = opened.read_text().splitlines()
    assert len(told) == 6
    assert all(one.startswith("file:///") and " " not in one for one in told)
    assert [path.name for path in Path().iterdir()] == ["reports"]


def test_a_page_that_is_missing_or_a_link_is_not_shown(opened: Path) -> None:
    folder = run("20270101-a")
    page = folder / "report.html"
    page.unlink()
    with pytest.raises(BadInputError, match="`ipcmatrix report reports/20270101-a` writes"):
        open_page(run=None)
    page.symlink_to("/etc/hostname")
    with pytest.raises(BadInputError, match="is a link, not a file"):
        open_page(run=None)
    assert not opened.exists()


def test_a_browser_of_the_current_folder_is_not_started(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("20270101-a")
    evil = Path("xdg-open")
    evil.write_text("#!/bin/sh\necho evil > evil\n")
    evil.chmod(0o755)
    monkeypatch.delenv("BROWSER")
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setenv("PATH", ".:")
    with pytest.raises(EnvironmentLacksError):
        open_page(run=None)
    assert not Path("evil").exists()


@pytest.mark.slow
def test_without_a_browser_a_sentence_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "a"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    (folder / "report.html").write_text("")
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, str(ROOT / "ipcmatrix" / "__main__.py"), "open"],
        cwd=tmp_path,
        env={"PATH": str(empty), "HOME": "/"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "reports/a/report.html\n")
    assert done.stderr == (
        "ipcmatrix: no browser can be started here: open the file above in one, or name one in "
        "BROWSER\n"
    )
