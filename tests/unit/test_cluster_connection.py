"""Addresses and certificates of a cluster: what is refused, before anything is sent."""

import json
import os
import queue
import shutil
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization

from runner.cluster import keys, task
from runner.cluster.address import (
    Address,
    address_of,
    check_files,
    security_of,
    unreachable,
)
from runner.cluster.connection import Called, Failed, Link, reason_of
from runner.errors import BadInputError, EnvironmentLacksError
from runner.pipeline.clustering import command, make_keys


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("here", Address("here")),
        ("listen:10.0.0.5:8786", Address("listen", "tls", "10.0.0.5", 8786)),
        ("tls://node-1.example:8786", Address("address", "tls", "node-1.example", 8786)),
        ("tls://[::1]:1", Address("address", "tls", "[::1]", 1)),
    ],
)
def test_a_cluster_is_here_or_at_an_address(text: str, found: Address) -> None:
    assert address_of(text, insecure=False) == found


@pytest.mark.parametrize(
    "text",
    [
        *("there", "10.0.0.5:8786", "http://a:1", "listen:a", "tls://a:b", "a\0b"),
        *("tls://10.0.0.5", "tls://10.0.0.5:0", "listen:10.0.0.5:65536", "tls://a..b:1"),
        f"tls://{'a' * 64}:1",
        pytest.param("x" * 5000, id="long"),
    ],
)
def test_what_is_not_an_address_is_refused_with_what_is_one(text: str) -> None:
    with pytest.raises(BadInputError, match=r"tls://HOST:PORT or a scheduler file"):
        address_of(text, insecure=False)


def test_an_ipv6_address_without_brackets_is_told_to_have_them() -> None:
    with pytest.raises(BadInputError, match=r"is not a place; an IPv6 address is in brackets"):
        address_of("tls://::1:8786", insecure=False, wanted="a place")


def test_without_tls_only_a_loopback_address_is_taken_and_only_when_asked_for(
    tmp_path: Path,
) -> None:
    for text, insecure in (("tcp://127.0.0.1:1", False), ("tcp://10.0.0.5:1", True)):
        with pytest.raises(BadInputError, match="without TLS runs what anybody"):
            address_of(text, insecure)
    with pytest.raises(BadInputError, match="without TLS"):
        address_of("listen:0.0.0.0:1", insecure=True)
    assert address_of("tcp://127.0.0.1:1", insecure=True).protocol == "tcp"
    assert address_of("listen:127.0.0.1:1", insecure=True).protocol == "tcp"


def test_a_scheduler_file_names_an_address_to_which_the_same_rules_apply(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.json"
    path.write_text('{"type": "Scheduler", "address": "tls://10.0.0.5:8786"}')
    found = address_of(str(path), insecure=False)
    assert found == Address("address", "tls", "10.0.0.5", 8786, str(path))
    path.write_text('{"address": "tcp://10.0.0.5:8786"}')
    for insecure in (False, True):
        with pytest.raises(BadInputError, match="without TLS runs what anybody"):
            address_of(str(path), insecure)
    texts = ("", "[]", "{}", "\\xff", "[" * 100_000, '{"address": 5}', '{"address": null}')
    for text in texts:
        path.write_text(text)
        with pytest.raises(
            BadInputError, match=r"scheduler\.json: holds no address of a scheduler"
        ):
            address_of(str(path), insecure=False)
    for inner in (str(path), "listen:10.0.0.5:8786", "here"):
        path.write_text(json.dumps({"address": inner}))
        with pytest.raises(BadInputError, match=r"tls://HOST:PORT or a scheduler file"):
            address_of(str(path), insecure=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keys") / "keys"
    keys.write(made)
    return made


def test_keys_are_for_us_only_and_never_written_over(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names == {"ca.pem", "scheduler.pem", "worker.pem", "client.pem"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert b"PRIVATE" not in (folder / "ca.pem").read_bytes()
    check_files(*(folder / f"{name}.pem" for name in ("ca", "scheduler", "worker", "client")))
    with pytest.raises(BadInputError, match="is there already, and may be in use"):
        keys.write(folder)


def test_every_fault_of_a_file_has_its_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = Address("address", "tls", "a", 1)
    with pytest.raises(BadInputError, match="needs --keys DIR"):
        security_of(address, None, "client")
    with pytest.raises(BadInputError, match=r"ca.pem: No such file.*`ipcmatrix keys DIR`"):
        security_of(address, tmp_path, "client")
    other, strange = tmp_path / "other", tmp_path / "worker.pem"
    keys.write(other)
    with pytest.raises(BadInputError, match=r"worker.pem: is not of the authority"):
        check_files(folder / "ca.pem", other / "worker.pem")
    strange.write_text("nothing\n")
    with pytest.raises(BadInputError, match="holds no certificate"):
        check_files(folder / "ca.pem", strange)
    text = (folder / "worker.pem").read_text()
    strange.write_text(text[text.index("-----BEGIN CERT") :])
    with pytest.raises(BadInputError, match="holds no key for its certificate"):
        check_files(folder / "ca.pem", strange)
    strange.unlink()
    os.mkfifo(strange)
    with pytest.raises(BadInputError, match=r"worker\.pem: is not a file"):
        check_files(folder / "ca.pem", strange)
    monkeypatch.setattr(keys, "VALID", timedelta(hours=-1))
    keys.write(tmp_path / "old")
    with pytest.raises(BadInputError, match="was valid until"):
        check_files(tmp_path / "old" / "ca.pem", tmp_path / "old" / "client.pem")


def test_keys_that_cannot_be_used_are_refused_without_asking(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (folder / "worker.pem").read_bytes()
    key = serialization.load_pem_private_key(text, None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"a password"),
    )
    path = tmp_path / "worker.pem"
    path.write_bytes(locked + text[text.index(b"-----BEGIN CERT") :])
    with pytest.raises(BadInputError, match="holds no key for its certificate"):
        check_files(folder / "ca.pem", path)
    monkeypatch.setattr(time, "time", lambda: 1e9)
    with pytest.raises(
        BadInputError, match=r"ca\.pem: is valid from 20.* on only: look at the clock"
    ):
        check_files(folder / "ca.pem", folder / "worker.pem")


def test_keys_that_others_can_read_are_reported(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(folder, tmp_path / "open")
    ca, own = tmp_path / "open" / "ca.pem", tmp_path / "open" / "worker.pem"
    ca.chmod(0o644)
    check_files(ca, own)
    assert capsys.readouterr().err == ""
    own.chmod(0o644)
    check_files(ca, own)
    assert (
        f"{own}: everybody on this machine can read this key: chmod 600" in capsys.readouterr().err
    )


def test_keys_are_written_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("mine\n")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/keys-of-ours")):
        with pytest.raises(EnvironmentLacksError, match="name a folder of your own"):
            make_keys(folder=place)
    assert (tmp_path / "file").read_text() == "mine\n"
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(EnvironmentLacksError, match=r"pip install 'ipcmatrix\[cluster\]'"):
        make_keys(folder=tmp_path / "new")


@contextmanager
def served(folder: Path | None) -> Iterator[Address]:
    """Give the address of a server that speaks TLS with the keys of a folder, or none at all."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        context = None
        if folder is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
            context.load_cert_chain(folder / "scheduler.pem")
            context.verify_mode = ssl.CERT_REQUIRED

        def serve() -> None:
            plain, _ = server.accept()
            with plain:
                plain.settimeout(5)
                try:
                    if context is None:
                        plain.recv(10)
                        plain.sendall(b"what?\n")
                    else:
                        context.wrap_socket(plain, server_side=True).close()
                except OSError:
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield Address("address", "tls", "127.0.0.1", server.getsockname()[1])
        thread.join()


def test_why_nobody_of_ours_answers_is_reported_apart(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.write(tmp_path / "other")

    def tried(address: Address, own: Path = folder) -> str:
        return unreachable(address, security_of(address, own, "client"), "client")

    with served(folder) as address:
        assert tried(address) == ""
    assert tried(address) == "nobody listens there"
    with served(tmp_path / "other") as address:
        assert tried(address).startswith("has a certificate of another authority")
    with served(None) as address:
        assert tried(address).startswith("does not speak TLS")
    monkeypatch.setattr(keys, "VALID", timedelta(hours=-1))
    keys.write(tmp_path / "old")
    with served(tmp_path / "old") as address:
        security = security_of(address, folder, "client")
        security.tls_ca_file = str(tmp_path / "old" / "ca.pem")
        assert "not valid today" in unreachable(address, security, "client")
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    (mixed / "ca.pem").write_bytes((folder / "ca.pem").read_bytes())
    (mixed / "client.pem").write_bytes((tmp_path / "other" / "client.pem").read_bytes())
    with served(folder) as address:
        security = security_of(address, folder, "client")
        security.tls_client_cert = security.tls_client_key = str(mixed / "client.pem")
        assert unreachable(address, security, "client").startswith("refuses our certificate")
    # Any certificate of the authority opens every door: so the docs say, one for each cluster.
    with served(folder) as address:
        security = security_of(address, folder, "client")
        security.tls_client_cert = security.tls_client_key = str(folder / "worker.pem")
        assert unreachable(address, security, "client") == ""


def test_errors_are_reported_in_our_words() -> None:
    class KilledWorker(Exception):  # noqa: N818 - Dask's name
        pass

    assert "pip install the same ipcmatrix[cluster]" in reason_of(ModuleNotFoundError("runner"))
    assert reason_of(KilledWorker("x")) == "the worker ended, or did not answer"
    assert reason_of(OSError("gone")) == "OSError: gone"


def test_the_command_in_run_json_names_no_address() -> None:
    words = ["run", "--cluster", "tls://10.0.0.5:1", "--keys=here", "--rounds", "5"]
    assert command([*words, "--resume", "x"]) == ["ipcmatrix", "run", "--rounds", "5"]


def test_who_waits_for_an_answer_gets_one_whatever_happens() -> None:
    inbox: queue.Queue[Called] = queue.Queue()

    def work(error: Exception) -> None:
        raise error

    errors = (BadInputError("bad"), EnvironmentLacksError("away"), KeyError("size"))
    for error in errors:
        Link(None, inbox).later("fetch", "tls://a:1", partial(work, error))
    found = {inbox.get(timeout=10).answer for _ in errors}
    assert found == {Failed("bad", True), Failed("away"), Failed("KeyError: 'size'")}


def test_lines_that_come_while_a_part_ends_are_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    end = '{"kind": "end"}'

    class Late:
        """Has its last line, and its end, right after it was asked for lines."""

        closed = False
        lines: Sequence[list[str]] = ([], [end], [])

        def taken(self) -> list[str]:
            self.closed = True
            found, *self.lines = self.lines
            return found

        def wait(self, seconds: float) -> None: ...

    child = SimpleNamespace(wait=lambda: 0)
    started = nullcontext((child, Late(), lambda: ""))
    monkeypatch.setattr(task, "_started", lambda _: started)
    monkeypatch.setattr(task, "exited", lambda _: True)
    sent: list[str] = []
    assert task.forward("request", lambda: True, sent.extend) == end
    assert sent == [end]
