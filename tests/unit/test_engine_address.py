"""Which engine the environment names: one table of what is taken, one of what is refused."""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner import engine
from runner.cli import commands
from runner.engine import AddressError, wanted_address
from runner.engine.wanted import EngineAddress
from runner.errors import EnvironmentLacksError
from runner.machine.checks import engine_checks

TLS_FILES = ("ca.pem", "cert.pem", "key.pem")


def context(folder: Path, name: str, meta: object, *, tls: tuple[str, ...] = ()) -> Path:
    """Write a context as Docker's command line does; `meta` may be raw bytes. Return its file."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    file = folder / "contexts" / "meta" / digest / "meta.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(meta if isinstance(meta, bytes) else json.dumps(meta).encode())
    for one in tls:
        certificate = folder / "contexts" / "tls" / digest / "docker" / one
        certificate.parent.mkdir(parents=True, exist_ok=True)
        certificate.write_text("a certificate")
    return file


def endpoint(host: object) -> dict[str, object]:
    return {"Name": "x", "Metadata": {}, "Endpoints": {"docker": {"Host": host}}}


def wanted(folder: Path, environment: Mapping[str, str]) -> EngineAddress:
    return wanted_address({"DOCKER_CONFIG": str(folder), **environment})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("unix:///run/user/1000/podman/podman.sock", None),
        ("tcp://engine.example:2375", None),
        ("tcp://[::1]:2376", None),
        ("tcp://10.0.0.1:2375/prefix", None),
        ("10.0.0.1:2375", "tcp://10.0.0.1:2375"),
        ("localhost:2375", "tcp://localhost:2375"),
    ],
)
def test_an_address_is_used_unchanged(tmp_path: Path, host: str, url: str | None) -> None:
    found = wanted(tmp_path, {"DOCKER_HOST": host, "DOCKER_CONTEXT": "not asked for"})
    assert (found.url, found.source, found.tls) == (url or host, "DOCKER_HOST", None)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        (" ", "empty, or holds spaces"),
        ("unix://", "absolute path"),
        ("unix://var/run/docker.sock", "absolute path"),
        ("unix://./docker.sock", "absolute path"),
        ("unix:///run/docker.sock?x=1", "absolute path"),
        ("/var/run/docker.sock", "scheme"),
        ("docker.sock", "scheme"),
        ("http://localhost:2375", "scheme"),
        ("TCP://localhost:2375", "scheme"),
        ("npipe:////./pipe/docker_engine", "scheme"),
        ("fd://", "scheme"),
        ("://", "scheme"),
        ("tcp:/localhost:2375", "scheme"),
        ("tcp://", "names no host"),
        ("tcp://:2375", "names no host"),
        ("tcp://localhost", "names no port"),
        ("tcp://localhost:", "names no port"),
        ("tcp://localhost:0", "names no port"),
        ("tcp://localhost:port", "Port could not be cast"),
        ("tcp://localhost:2375x", "Port could not be cast"),
        ("tcp://localhost:-1", "Port could not be cast"),
        ("tcp://localhost:65536", "out of range"),
        ("localhost:99999", "out of range"),
        ("tcp://localhost:2375 ", "spaces"),
        ("tcp://localhost:2375\n", "cannot be printed"),
        ("tcp://localhost:2375?x", "no query"),
        ("tcp://localhost:2375#x", "no fragment"),
        ("tcp://me:secret@localhost:2375", "no password"),
        ("tcp://[::1", "Invalid IPv6 URL"),
        ("tcp://::1:2375", "Port could not be cast"),
        ("tcp://fe80::1:2375", "Port could not be cast"),
        ("ssh://", "names no host"),
        ("ssh://me@host:x", "Port could not be cast"),
        ("ssh://me@host/run/docker.sock", "no path"),
        ("\x1b[31mred", "cannot be printed"),
        ("tcp://\udcff:2375", "cannot be printed"),
    ],
)
def test_what_is_not_an_address_is_refused_with_where_it_came_from(
    tmp_path: Path, host: str, reason: str
) -> None:
    with pytest.raises(AddressError, match="DOCKER_HOST") as refused:
        wanted(tmp_path, {"DOCKER_HOST": host})
    told = str(refused.value)
    assert refused.value.exit_code == 3
    assert reason in told
    assert "secret" not in told
    assert told.isprintable()


def test_an_engine_over_ssh_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "paramiko", None)
    with pytest.raises(AddressError, match=r"ssh://me@host \(DOCKER_HOST\).*docker\[ssh\]"):
        wanted(tmp_path, {"DOCKER_HOST": "ssh://me@host"})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.text(max_size=40), st.from_regex(r"(tcp|unix|ssh)://[\[\]:@/?#%a1.]*")))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    said: list[str] = []
    try:
        found = wanted_address({"DOCKER_HOST": text})
        said.append(str(found))
    except AddressError as error:
        said.append(str(error))
    else:
        assert not text or found.url.endswith(text)
    assert said[0].isprintable()


def test_nothing_named_is_the_default_socket(tmp_path: Path) -> None:
    for environment in (
        {},
        {"DOCKER_HOST": "", "DOCKER_CONTEXT": ""},
        {"DOCKER_CONTEXT": "default"},
    ):
        assert wanted(tmp_path, environment)[:2] == ("unix:///var/run/docker.sock", "the default")
    (tmp_path / "config.json").write_text('{"auths": {}}')
    assert wanted(tmp_path, {}).source == "the default"


def test_a_context_is_followed_whichever_way_it_is_chosen(tmp_path: Path) -> None:
    context(tmp_path, "mine", endpoint("tcp://engine:2375"))
    (tmp_path / "config.json").write_text('{"currentContext": "mine"}')
    by_variable = wanted(tmp_path, {"DOCKER_CONTEXT": "mine"})
    by_file = wanted(tmp_path, {})
    assert by_variable.url == by_file.url == "tcp://engine:2375"
    assert by_variable.source == "the context 'mine' of DOCKER_CONTEXT"
    assert by_file.source == f"the context 'mine' of currentContext in {tmp_path}/config.json"


@pytest.mark.parametrize("name", ["nonexistent", "../../etc", "a" * 5000, "\udcff", "\x1b[31m"])
def test_an_unknown_context_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(AddressError, match="DOCKER_CONTEXT: the context is unknown") as refused:
        wanted(tmp_path, {"DOCKER_CONTEXT": name})
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize(
    ("meta", "reason"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "holds no JSON object"),
        ({}, "names no endpoint"),
        ({"Endpoints": []}, "names no endpoint"),
        ({"Endpoints": {"kubernetes": {}}}, "names no endpoint"),
        ({"Endpoints": {"docker": None}}, "names no endpoint"),
        ({"Endpoints": {"docker": {}}}, "Host"),
        (endpoint(5), "Host"),
        (endpoint(""), "empty"),
        (endpoint("tcp://h:x"), "Port could not be cast"),
        (endpoint("unix:///a\0b"), "cannot be printed"),
    ],
)
def test_a_context_that_names_no_engine_is_refused(
    tmp_path: Path, meta: object, reason: str
) -> None:
    context(tmp_path, "odd", meta)
    with pytest.raises(AddressError, match="the context 'odd' of DOCKER_CONTEXT") as refused:
        wanted(tmp_path, {"DOCKER_CONTEXT": "odd"})
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "is not JSON"),
        (b"{]", "is not JSON"),
        (b"[]", "holds no JSON object"),
        (b'{"currentContext": 5}', "is a text"),
        (b'{"currentContext": "gone"}', "the context is unknown"),
    ],
)
def test_a_config_file_that_cannot_be_read_is_named(
    tmp_path: Path, text: bytes, reason: str
) -> None:
    (tmp_path / "config.json").write_bytes(text)
    with pytest.raises(AddressError, match=r"config\.json") as refused:
        wanted(tmp_path, {})
    assert reason in str(refused.value)
    assert wanted(tmp_path, {"DOCKER_HOST": "tcp://h:1"}).url == "tcp://h:1"


@pytest.mark.parametrize("what", ["folder", "fifo", "link"])
def test_a_config_that_is_not_a_file_is_refused(tmp_path: Path, what: str) -> None:
    config = tmp_path / "config.json"
    if what == "folder":
        config.mkdir()
    elif what == "fifo":
        os.mkfifo(config)
    else:
        config.symlink_to("nowhere")
    with pytest.raises(AddressError, match=r"config\.json is not a file"):
        wanted(tmp_path, {})


@pytest.mark.parametrize("lacks", TLS_FILES)
@pytest.mark.parametrize("variable", ["DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"])
def test_certificates_that_cannot_be_read_are_named(
    tmp_path: Path, lacks: str, variable: str
) -> None:
    for name in set(TLS_FILES) - {lacks}:
        (tmp_path / name).write_text("a certificate")
    named = (
        {"DOCKER_TLS_VERIFY": "1"} if variable == "DOCKER_TLS_VERIFY" else {variable: str(tmp_path)}
    )
    for host in ({"DOCKER_HOST": "tcp://h:2376"}, {}):
        with pytest.raises(AddressError, match=f"with {variable}: .*/{lacks} cannot be read"):
            wanted(tmp_path, {**host, **named})


def test_certificates_are_those_of_the_variable_or_of_the_context(tmp_path: Path) -> None:
    for name in TLS_FILES:
        (tmp_path / name).write_text("a certificate")
    found = wanted(tmp_path, {"DOCKER_HOST": "tcp://h:2376", "DOCKER_TLS_VERIFY": "1"}).tls
    assert found is not None
    assert found.verify
    assert found.cert == (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))

    context(tmp_path, "safe", endpoint("tcp://h:2376"), tls=TLS_FILES)
    found = wanted(tmp_path, {"DOCKER_CONTEXT": "safe"}).tls
    assert found is not None
    assert found.verify
    assert "/contexts/tls/" in str(found.ca_cert)

    context(tmp_path, "half", endpoint("tcp://h:2376"), tls=("ca.pem",))
    with pytest.raises(AddressError, match=r"the context .half..*cert\.pem cannot be read"):
        wanted(tmp_path, {"DOCKER_CONTEXT": "half"})


def test_without_a_home_there_is_no_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert wanted_address({}).source == "the default"
    with pytest.raises(AddressError, match="no home folder"):
        wanted_address({"DOCKER_CONTEXT": "mine"})


@pytest.mark.parametrize(
    "verb", [["images", "list", "--json"], ["images", "prune", "--all"], ["doctor", "--json"]]
)
def test_every_verb_names_the_address_and_takes_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: list[str]
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONTEXT", "nonexistent")
    if verb[0] == "doctor":
        (row,) = engine_checks()
        assert (row.name, row.verdict) == ("engine", "warn")
        assert "'nonexistent' of DOCKER_CONTEXT" in row.what
        return
    done = CliRunner().invoke(commands, verb)
    assert isinstance(done.exception, EnvironmentLacksError)
    assert "'nonexistent' of DOCKER_CONTEXT" in str(done.exception)
    assert done.exception.exit_code == 3


@pytest.mark.parametrize("config", ["[]", '{"proxies": "x"}', '{"auths": 5}', "{"])
def test_an_odd_config_beside_a_named_engine_is_not_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    (tmp_path / "config.json").write_text(config)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(EnvironmentLacksError, match=r"at tcp://127.0.0.1:1 \(DOCKER_HOST\)"):
        engine.connect(2)
