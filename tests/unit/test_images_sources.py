import io
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from runner.engine import KIND, owner_labels
from runner.images import debian, host, packages
from runner.images.base import Base, NotHadError, Workshop, failure
from runner.images.debian import SUITES, debootstrap_command, mmdebstrap_command
from runner.images.packages import Kind, ask, download_command, install_command, platforms

FORKY = SUITES["3.14"]
OLD = Kind("2.7", "cp", "cp27mu", "2.31", "x86_64")
LDD = """\
\tlinux-vdso.so.1 (0x00007ffd)
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f1)
/usr/lib/x86_64-linux-gnu/_ssl.so:
\tlibssl.so.3 => /lib/x86_64-linux-gnu/libssl.so.3 (0x00007f2)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f3)
"""


def test_the_issues_interpreters_come_from_the_suites_that_have_them() -> None:
    assert {python: suite.name for python, suite in SUITES.items()} == {
        "2.7": "bullseye",
        "3.9": "bullseye",
        "3.11": "bookworm",
        "3.13": "trixie",
        "3.14": "forky",
        "3.15": "forky",
        "pypy2.7": "bullseye",
        "pypy3.7": "bullseye",
        "pypy3.9": "bookworm",
        "pypy3.11": "trixie",
    }


def test_mmdebstrap_unpacks_the_interpreter_from_the_machines_own_mirror() -> None:
    settings = ['Acquire::http::Proxy "http://proxy"']

    command = mmdebstrap_command("/usr/bin/mmdebstrap", FORKY, "http://mirror/debian", settings)

    assert command[:3] == ["/usr/bin/mmdebstrap", "--variant=extract", "--format=tar"]
    assert "--include=base-files,libc-bin,libstdc++6,python3.14" in command
    assert '--aptopt=Acquire::http::Proxy "http://proxy"' in command
    assert command[-3:] == ["forky", "-", "http://mirror/debian"]


def test_without_a_mirror_the_tool_takes_its_own() -> None:
    assert mmdebstrap_command("mmdebstrap", FORKY, "", [])[-2:] == ["forky", "-"]


def test_debootstrap_installs_a_suite_that_it_does_not_know_by_the_script_of_sid(
    tmp_path: Path,
) -> None:
    (tmp_path / "sid").touch()
    (tmp_path / "bullseye").touch()

    young = debootstrap_command("debootstrap", FORKY, "/root", "http://m/debian", tmp_path)
    known = debootstrap_command("debootstrap", SUITES["2.7"], "/root", "http://m/debian", tmp_path)

    assert young[-4:] == ["forky", "/root", "http://m/debian", str(tmp_path / "sid")]
    assert known[-3:] == ["bullseye", "/root", "http://m/debian"]


def test_the_mirror_is_the_first_debian_of_the_apt_configuration() -> None:
    listed = (
        "'https://elsewhere.test/apt/dists/stable/InRelease' elsewhere 0\n"
        "'http://near.test/debian-security/dists/bookworm-security/InRelease' near 0\n"
        "'http://near.test/debian/dists/bookworm/InRelease' near 0\n"
    )

    assert debian.mirror_in(listed) == "http://near.test/debian"
    assert debian.mirror_in("'http://near.test/ubuntu/dists/noble/InRelease' near 0\n") == ""


def test_only_settings_of_how_a_mirror_is_reached_are_handed_on() -> None:
    dump = (
        'APT::Architecture "amd64";\n'
        'Acquire::Check-Valid-Until "false";\n'
        'Acquire::IndexTargets::deb::Packages::MetaKey "x";\n'
        'Acquire::http::Proxy "http://proxy.test:3128";\n'
        'Acquire::https::CaInfo "/etc/ca.crt";\n'
    )

    assert debian.settings_in(dump) == [
        'Acquire::Check-Valid-Until "false"',
        'Acquire::http::Proxy "http://proxy.test:3128"',
        'Acquire::https::CaInfo "/etc/ca.crt"',
    ]


def test_a_failure_shows_the_last_lines_and_no_empty_ones() -> None:
    assert failure("mmdebstrap", 25, ["1", "2", "", "3", "4", "5", "6"]) == (
        "mmdebstrap ended with 25:\n2\n3\n4\n5\n6"
    )


def test_ldd_names_the_libraries_by_path() -> None:
    assert host.libraries(LDD) == [
        "/lib/x86_64-linux-gnu/libm.so.6",
        "/lib/x86_64-linux-gnu/libssl.so.3",
        "/lib64/ld-linux-x86-64.so.2",
    ]


def test_a_library_that_is_not_here_is_named() -> None:
    with pytest.raises(NotHadError, match=r"libffi\.so\.6, libssl\.so\.1\.1"):
        host.libraries("\tlibssl.so.1.1 => not found\n\tlibffi.so.6 => not found\n")


def test_an_interpreter_is_its_program_and_its_library_without_what_its_user_installed() -> None:
    found = host.look_at(sys.executable)

    names = {path.name for path in found.library}
    folders = {part for path in found.library for part in path.parts}
    assert found.program == Path(sys.executable).resolve()
    assert {"os.py", "socket.py", "synchronize.py"} <= names
    assert not folders & {"site-packages", "test", "idlelib"}


def test_a_base_is_known_by_its_files_and_not_by_the_bytecode_beside_them(tmp_path: Path) -> None:
    for name in ("python", "os.py", "os.pyc"):
        (tmp_path / name).write_bytes(b"1")
    source, bytecode = tmp_path / "os.py", tmp_path / "os.pyc"
    bare = host.digest_of(host.Installation(tmp_path / "python", (source,)))
    compiled = host.digest_of(host.Installation(tmp_path / "python", (source, bytecode)))
    source.write_bytes(b"22")

    assert compiled == bare
    assert host.digest_of(host.Installation(tmp_path / "python", (source,))) != bare


def test_what_is_not_an_interpreter_cannot_be_packed(tmp_path: Path) -> None:
    with pytest.raises(NotHadError, match="No such file or directory"):
        host.look_at(str(tmp_path / "python"))
    with pytest.raises(NotHadError, match="is not a usable interpreter"):
        host.look_at(shutil.which("true") or "/bin/true")


def test_an_archive_holds_files_under_their_own_paths_and_follows_links(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"elf")
    (tmp_path / "program").chmod(0o700)
    (tmp_path / "link").symlink_to("program")
    out = io.BytesIO()

    host.write_archive(out, [tmp_path / "link", tmp_path / "program"])

    with tarfile.open(fileobj=out) as archive:
        found = {member.name: member for member in archive.getmembers()}
    inside = str(tmp_path).lstrip("/")
    assert found[f"{inside}/link"].isreg()
    assert found[f"{inside}/link"].size == 3
    assert oct(found[f"{inside}/program"].mode) == "0o755"
    assert oct(found["tmp"].mode) == "0o1777"
    assert len(found) == len(set(found))


def test_wheels_are_those_that_run_on_the_bases_c_library() -> None:
    names = platforms(OLD)

    assert names[0] == "manylinux_2_31_x86_64"
    assert "manylinux_2_17_x86_64" in names
    assert "manylinux_2_32_x86_64" not in names
    assert names[-4:] == [
        "manylinux2014_x86_64",
        "manylinux2010_x86_64",
        "manylinux1_x86_64",
        "linux_x86_64",
    ]


def test_the_container_that_is_asked_for_its_kind_can_be_swept_once_its_owner_is_dead() -> None:
    class Containers:
        def create(self, _image: str, **options: object) -> None:
            raise FullError(options["labels"])

    class Engine:
        containers = Containers()

    class FullError(Exception):
        pass

    with pytest.raises(FullError) as refused:
        ask(Engine(), Base("x:y", "sha256:aa", "host", "/bin/python"))  # type: ignore[arg-type]

    (labels,) = refused.value.args
    assert labels[KIND] == "container"
    assert {name: value for name, value in owner_labels().items() if "started" not in name} == {
        name: value for name, value in labels.items() if name != KIND and "started" not in name
    }


def test_pip_is_asked_for_another_python_than_its_own() -> None:
    command = download_command(OLD, "numpy==1.16.6", "/wheels")

    assert command[:5] == [sys.executable, "-I", "-m", "pip", "download"]
    assert command[-3:] == ["--dest", "/wheels", "numpy==1.16.6"]
    for option, value in (("--python-version", "2.7"), ("--abi", "cp27mu")):
        assert command[command.index(option) + 1] == value
    assert "--only-binary=:all:" in command


def test_without_pip_there_is_no_image_that_would_be_taken_for_a_complete_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda _name: None)
    nobody = Workshop(object(), lambda _step: None)  # type: ignore[arg-type]
    base = Base("x:y", "sha256:aa", "host", "/bin/python")
    assert packages.fetch(base, "3.11", {}, tmp_path, nobody).lacking == {}
    with pytest.raises(NotHadError, match="numpy: pip fetches packages, and is missing"):
        packages.fetch(base, "3.11", {"numpy": "1.0"}, tmp_path, nobody)


def test_what_was_downloaded_is_unpacked_without_another_look_at_an_index(tmp_path: Path) -> None:
    (tmp_path / "b.whl").touch()
    (tmp_path / "a.whl").touch()
    (tmp_path / "c.txt").touch()

    command = install_command(OLD, str(tmp_path), Path("/target"))

    assert command[-4:] == [
        "--target",
        "/target",
        str(tmp_path / "a.whl"),
        str(tmp_path / "b.whl"),
    ]
    assert "--no-index" in command


def test_the_reason_for_a_lacking_package_is_pips_last_error() -> None:
    told = "WARNING: x\nERROR: Could not find a version\nERROR: No matching distribution for y\n"

    assert packages.reason_in(told) == "No matching distribution for y"
    assert packages.reason_in("No module named pip\n") == "No module named pip"
    assert packages.reason_in("") == "pip said nothing"
