"""What nobody should type at the verbs of clusters, shards and sites: one sentence, no harm."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forked import forked
from tests.machines import MATRIX

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys, a matrix, a run of one machine, and files that are in the way."""
    made = tmp_path_factory.mktemp("place")
    assert forked("keys", "keys", cwd=made).returncode == 0
    (made / "matrix.yaml").write_text(MATRIX.replace("ROUNDS", "6"))
    (made / "file").write_text("mine\n")
    (made / "empty.json").write_text("")
    (made / "other.json").write_text("[]")
    (made / "deep.json").write_text("[" * 100_000)
    (made / "gone.json").write_text(json.dumps({"address": "tls://127.0.0.1:9"}))
    (made / "plain.json").write_text(json.dumps({"address": "tcp://10.0.0.5:8786"}))
    (made / "run" / "trials").mkdir(parents=True)
    (made / "run" / "run.json").write_text("{}")
    for name in ("site", "feeds"):
        (made / name).mkdir()
    (made / "site" / "index.html").write_text("<h1>My own page</h1>\n")
    (made / "feeds" / "feed.xml").write_text("<feed/>\n")
    (made / "github").mkdir()
    (made / "github" / ".github").write_text("a file\n")
    return made


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refused(place: Path, words: str, code: int, said: str) -> None:
    before = files(place)
    finished = forked(*words.split(), cwd=place)
    assert finished.returncode == code, finished.stderr
    assert said in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "\x1b" not in finished.stderr
    assert files(place) == before, "something was written, or lost"


KEYS = "--keys keys"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("keys file", 3, "file: File exists: name a folder of your own"),
        ("keys keys", 2, "is there already, and may be in use"),
        (f"worker tls://10.0.0.5 {KEYS}", 2, "is not the address of a scheduler, as in tls://"),
        (f"worker tls://::1:8786 {KEYS}", 2, "an IPv6 address is in brackets"),
        (f"worker tls://10.0.0.5:0 {KEYS}", 2, "is not the address of a scheduler"),
        (f"worker tls://a..b:80 {KEYS}", 2, "is not the address of a scheduler"),
        (f"worker listen:10.0.0.5:80 {KEYS}", 2, "a worker needs the address of a scheduler"),
        ("worker tls://127.0.0.1:9", 2, "needs --keys DIR"),
        ("worker tls://127.0.0.1:9 --keys nowhere", 2, "nowhere/ca.pem: No such file"),
        (f"worker tls://127.0.0.1:9 {KEYS} --machine <b>", 2, "letters, digits"),
        (f"worker tls://127.0.0.1:9 {KEYS} --machine \x1b[2J", 2, r"\x1b[2J"),
        (f"worker tls://127.0.0.1:9 {KEYS} --machine {'a' * 101}", 2, "at most 100"),
        (f"worker tls://127.0.0.1:9 {KEYS} --spool file", 3, "file is not a folder"),
        (f"scheduler tls://127.0.0.1:9 {KEYS}", 2, "a scheduler needs where to listen"),
        (f"scheduler listen:192.0.2.1:8786 {KEYS}", 3, "cannot listen there"),
        (f"run --cluster listen:192.0.2.1:8786 {KEYS}", 3, "cannot listen there"),
        (f"run --cluster empty.json {KEYS}", 2, "empty.json: holds no address of a scheduler"),
        (f"run --cluster other.json {KEYS}", 2, "other.json: holds no address of a scheduler"),
        (f"run --cluster deep.json {KEYS}", 2, "deep.json: holds no address of a scheduler"),
        (f"run --cluster plain.json {KEYS}", 2, "without TLS runs what anybody"),
        (f"run --cluster gone.json {KEYS}", 3, "gone.json: nobody listens there"),
        (f"run --cluster nowhere.json {KEYS}", 2, "or a scheduler file"),
        (f"run --cluster listen:127.0.0.1:9 {KEYS} --machine me", 2, "`ipcmatrix worker` takes it"),
        (f"run --cluster tls://127.0.0.1:9 {KEYS} --out file", 3, "file is not a folder"),
        (f"run --cluster tls://127.0.0.1:9 {KEYS} --resume nowhere", 2, "not a run of a cluster"),
        (f"run --cluster tls://127.0.0.1:9 {KEYS} --resume run", 2, "is a run of one machine"),
        ("run --machines 3", 2, "--machines is for a run on a cluster"),
        ("run --spread shard", 2, "--spread is for a run on a cluster"),
        ("run --shard 4/3", 2, "is not I/N with I from 1 to N"),
        ("run --shard -1/3", 2, "is not I/N with I from 1 to N"),
        ("run --shard 1/3 --shard-index 0 --shards 3", 2, "give one"),
        ("plan --shards 0", 2, "--shards"),
        ("merge nowhere --out merged", 2, "nowhere: not a run folder"),
        ("merge run --out merged", 2, "run.json"),
        ("publish site run", 2, "site/index.html: is not part of a site of ipcmatrix"),
        ("publish site", 2, "site/index.html: is not part of a site of ipcmatrix"),
        ("publish feeds", 2, "feeds/feed.xml: is not part of a site of ipcmatrix"),
        ("publish nowhere", 2, "nowhere: holds no published run"),
        ("publish file", 2, "file"),
        ('publish nowhere --url https://me.example/"><script>', 2, "nowhere: holds no published"),
        ("publish nowhere --url javascript:alert(1)", 2, "--url"),
    ],
)
def test_it_is_refused_with_what_to_do(place: Path, words: str, code: int, said: str) -> None:
    refused(place, words, code, said)


def test_a_port_that_is_taken_is_named(place: Path, taken: int) -> None:
    for verb in ("scheduler", "run --cluster"):
        words = f"{verb} listen:127.0.0.1:{taken} {KEYS}"
        refused(place, words, 3, "cannot listen there")


def test_workflows_are_not_written_into_a_file(place: Path) -> None:
    refused(place / "github", "init --github", 3, "choose a folder of your own")
