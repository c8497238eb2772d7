"""Nothing that is published names a user or a host."""

import json
import os
import shlex
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import runner
from runner.process import anonymous, argument, published, tilde

SECRET = "alice"
HOME = f"/home/{SECRET}"


@pytest.fixture(autouse=True)
def alices(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", HOME)
    monkeypatch.setenv("USER", SECRET)
    monkeypatch.setattr(socket, "gethostname", lambda: "box17.example.org")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/alice/.pyenv/bin/python", "~/.pyenv/bin/python"),
        ('File "/home/alice/x.py", in /home/alice', 'File "~/x.py", in ~'),
        ("cannot open /home/alice.", "cannot open ~."),
        ("file:///home/alice/x", "file://~/x"),
        ("gcc -I/home/alice/include -L/root/lib", "gcc -I~/include -L~/lib"),
        ("PATH=/bin:/home/alice/bin", "PATH=/bin:~/bin"),
        ("/mnt/home/alice/x", "/mnt~/x"),
        ("/home/alice-old/x", "/home/*/x"),
        ("/home/bob/x, /Users/carol/y", "/home/*/x, /Users/*/y"),
        ("/tmp/pytest-of-alice/x", "/tmp/pytest-of-*/x"),
        ("/media/alice/usb", "/media/*/usb"),
        ("ssh://alice@server", "ssh://*@server"),
        ("user alice is not in the group docker", "user * is not in the group docker"),
        ("user 'alice'", "user '*'"),
        ("/usr/bin/python", "/usr/bin/python"),
        ("/mnt/root/x", "/mnt/root/x"),
        ("malice aforethought; alice in a text", "malice aforethought; alice in a text"),
        (f"{Path(runner.__file__).parent}/harness/agent.py", "runner/harness/agent.py"),
    ],
)
def test_a_path_names_no_user(text: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "/root" in text and os.getuid():
        pytest.skip("/root is the home of root alone")
    assert tilde(text) == shown
    assert tilde(shown) == shown


@pytest.mark.parametrize(
    "home",
    ["/home/al ice", "/home/älice", "/home/al'ice", '/home/al"ice', "/home/al(ice", "/home/al\\ice",
     "/home/al\udce9ice", "/data/homes/x/ice.d", "/tmp/ice", "//home/ice/"],
)  # fmt: skip
def test_a_home_of_any_characters_is_found_as_messages_spell_it(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", home)
    path = f"{home.rstrip('/')}/proj/x.py"
    raw = os.fsencode(path)
    spell = (str, repr, ascii, json.dumps, shlex.quote)
    lossy = [raw.decode(errors=errors) for errors in ("replace", "backslashreplace")]
    for spelled in (*(one(path) for one in spell), repr(raw), *lossy):
        shown = tilde(f"in {spelled}: no")
        assert "ice" not in shown
        assert "~/proj/x.py" in shown


def test_a_linked_home_is_found_by_both_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disk" / "alice").mkdir(parents=True)
    (tmp_path / "alice").symlink_to(tmp_path / "disk" / "alice")
    monkeypatch.setenv("HOME", str(tmp_path / "alice"))
    assert tilde(f"{tmp_path}/disk/alice/x {tmp_path}/alice/y") == "~/x ~/y"


@pytest.mark.parametrize(
    "home", ["", "/", "//", "/usr/sbin", "/bin", "/nonexistent", "relative", "/tmp"]
)
def test_a_home_that_is_none_changes_nothing(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", home)
    for text in ("/usr/sbin/x", "/bin/sh", "/nonexistent", "a relative path", "/tmp/x/y", "/"):
        assert tilde(text) == text


@pytest.mark.parametrize("name", ["runner", "python", "root", "docker", "x"])
def test_a_name_that_is_a_word_of_other_paths_is_left(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", name)
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    for text in ("/usr/lib/python/x", "runner/harness/agent.py", "/var/lib/docker/x"):
        assert anonymous(text) == text


def test_messages_of_a_system_do_not_name_the_host() -> None:
    assert anonymous("tcp://box17:2375, box17.example.org: no route") == "tcp://*:2375, *: no route"
    assert anonymous("xbox17 box170 box17-b") == "xbox17 box170 box17-b"


@given(st.text("/alice~*home.- '\"\n") | st.text())
def test_a_text_is_as_it_was_after_the_first_time(text: str) -> None:
    once = anonymous(text)
    assert "/home/alice/" not in once
    assert anonymous(once) == once


def test_a_run_is_published_without_names_and_its_words_stay() -> None:
    run = {
        "matrix": {"text": f"# {HOME}/m.yaml\naxes: {{transport: [pipe]}}"},
        "compare": {"baseline": {"transport": "box17"}, "margin": 0.03},
        "places": {"3.11": {"engine_address": "tcp://box17:2375", "path": f"{HOME}/python"}},
        "notes": [f"executor auto: local, since {HOME}/.docker is not there"],
        "format": 1,
    }
    assert published(run) == {
        "matrix": {"text": "# ~/m.yaml\naxes: {transport: [pipe]}"},
        "compare": {"baseline": {"transport": "box17"}, "margin": 0.03},
        "places": {"3.11": {"engine_address": "tcp://*:2375", "path": "~/python"}},
        "notes": ["executor auto: local, since ~/.docker is not there"],
        "format": 1,
    }


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("CWD/m.yaml", "m.yaml"),
        ("--matrix=CWD/sub/m.yaml", "--matrix=sub/m.yaml"),
        ("./sub/../m.yaml", "m.yaml"),
        (f"{HOME}/m.yaml", "~/m.yaml"),
        (f"--out={HOME}/reports", "--out=~/reports"),
        ("/data/shared/m.yaml", "m.yaml"),
        ("../other/m.yaml", "m.yaml"),
        ("python=3.11,pypy3.10", "python=3.11,pypy3.10"),
        ("--rounds", "--rounds"),
        ("tcp://server:2375", "tcp://server:2375"),
    ],
)
def test_a_word_of_the_command_holds_no_more_of_a_path_than_a_reader_needs(
    word: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert argument(word.replace("CWD", str(tmp_path))) == shown
    assert argument(shown) == shown
