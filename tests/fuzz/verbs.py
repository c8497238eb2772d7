"""What verbs are given from elsewhere: folders to merge and publish, requests, files, words."""

import io
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict
from functools import cache
from typing import Any

import click
from hypothesis import strategies as st

from runner.analysis.changes import parse_gate
from runner.cli import commands
from runner.cluster.address import address_of
from runner.cluster.meeting import packed
from runner.errors import BadInputError
from runner.history import read_kept
from runner.model.parts import PackedFile, PartRequest
from runner.pipeline.contract_matrix import matrix_of
from runner.pipeline.merging import merge
from runner.pipeline.part import matrix_of as matrix_of_part
from runner.pipeline.publish import publish
from runner.pipeline.sharding import chosen_shard
from runner.report import site
from runner.runfolder import dataset
from runner.runfolder.journal import check_machine
from tests.fuzz.matrix_text import SMALL, WORDS, planned, refused
from tests.fuzz.run_folders import ODD, changed_files, kept, other_value
from tests.fuzz.target import Target, folder, write


@contextmanager
def _quiet() -> Iterator[None]:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        yield


SHARDS = ("first", "second")


@cache
def _shards() -> Mapping[str, bytes]:
    """Return the files of two sound runs as shards of one, by their paths below a folder."""
    files: dict[str, bytes] = {}
    for number, name in enumerate(SHARDS, 1):
        files |= {f"{name}/{path}": content for path, content in kept(name).items()}
        head = json.loads(files[f"{name}/run.json"])
        shard = {"number": number, "of": 3, "filled": 2, "plan": "0123456789ab"}
        files[f"{name}/run.json"] = json.dumps({**head, "shard": shard}).encode()
    return files


def merged(files: Mapping[str, bytes]) -> str:
    """Write two shards and merge them: what is taken can be read, and nothing is left of others."""
    place = folder("merge")
    shutil.rmtree(place)
    write(place, files)
    runs = [place / name for name in SHARDS]
    try:
        with _quiet():
            merge(runs=runs, out=place / "out", require_all=False, as_json=False)
    except BadInputError as error:
        said = str(error)
    else:
        said = ""
    assert all((place / name).read_bytes() == content for name, content in files.items())
    if said:
        assert str(place) in said.splitlines()[0]
        assert not (place / "out").exists()
        return "refused"
    for run in runs:
        (part,) = (place / "out" / "parts").glob(json.loads(files[f"{run.name}/run.json"])["run"])
        (rows,) = run.glob("trials/*.csv")
        assert (part / "trials" / rows.name).read_bytes() == rows.read_bytes()
    dataset.load([place / "out"])
    return "merged"


def published(files: Mapping[str, bytes]) -> str:
    """Write a run and publish it: what the site then keeps is read, and shows nothing foreign."""
    place = folder("publish")
    shutil.rmtree(place)
    write(place / "run", files)
    given: dict[str, Any] = {"url": "https://me.example/", "fail_on": None, "github": False}
    try:
        with _quiet():
            publish(folder=place / "site", runs=[place / "run"], as_json=True, **given)
    except BadInputError:
        assert not (place / "site").exists()
        return "refused"
    runs, said = read_kept(place / "site")
    assert len(runs) == 1
    assert not said
    for name in (site.INDEX, site.HISTORY, site.FEED):
        text = (place / "site" / name).read_text("utf-8")
        assert "<script" not in text
        assert "\x1b" not in text
    return "published"


CODE = """
from transports import Transport, pipe

class Pigeon(Transport):
    NAME = "pigeon"
    SUMMARY = "a transport of a test"
    DUPLEX = True

    def open(self, context):
        return pipe.open(context)

    def sender(self, channel, side):
        return pipe.sender(channel, side)

    def receiver(self, channel, side):
        return pipe.receiver(channel, side)

    def close(self, channel):
        pipe.close(channel)

def order(number):
    return {"number": number}
"""
TEXT = st.one_of(WORDS, st.sampled_from(ODD), st.text(max_size=12))
NO_FILE = PartRequest(
    ask="measure",
    run="r1",
    machine="h1",
    source="matrix.yaml",
    text=SMALL,
    profile="",
    flags={"only": ["transport=pipe"], "rounds": "30", "precision": "2%"},
    blocks=["b1"],
    budget=60.0,
    spool="/nowhere",
)
WITH_FILE = PartRequest(
    ask="plan",
    run="r1",
    machine="h1",
    source="matrix.yaml",
    text="axes: {python: [3.9], transport: [pipe], payload: ['./own.py:order']}",
    profile="",
    flags={"skip": [], "payload": ["./own.py:order"]},
    files=[
        PackedFile(
            path="./own.py", content=packed(CODE.encode()), functions=["order"], plugin=False
        )
    ],
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Return the line of a request to measure a part, with a few values changed."""
    line = json.dumps(asdict(draw(st.sampled_from([NO_FILE, NO_FILE, WITH_FILE])))).encode()
    for _ in range(draw(st.integers(0, 2))):
        line = other_value(draw, line)
    if draw(st.integers(0, 5)):
        return line
    return line[: draw(st.integers(0, len(line)))] + draw(st.binary(max_size=3))


def asked(line: bytes) -> str:
    """Read a line as a request for a part, and plan what it asks for."""
    try:
        request = PartRequest.decoded(line.decode())
    except ValueError:
        return "refused"
    made: list[Any] = []
    if refused(lambda: made.append(matrix_of_part(request))):
        return "refused as a matrix"
    return planned(made[0])


NAME_MAX = 255
"""Bytes of a file's name; the terminal cuts what is longer."""
OWN = {"own.py": CODE.encode(), "data.json": b"[1, 2]", "data.pkl": b"", "text.txt": b""}


def tried(words: tuple[str, str, str | None]) -> str:
    """Name a file, something in it and interpreters to try it with, and plan the trials."""
    write(folder("try"), OWN)
    file, name, pythons = words
    made: list[Any] = []
    if refused(lambda: made.append(matrix_of(folder("try") / file, name, pythons)[2])):
        return "refused"
    return planned(made[0])


TRIALS = st.tuples(
    st.one_of(
        st.sampled_from([*OWN, "", "nowhere.py"]),
        st.just("own.py"),
        TEXT.filter(lambda text: len(text) < NAME_MAX),
    ),
    st.one_of(st.sampled_from(["pigeon", "order", "queue"]), TEXT),
    st.one_of(st.none(), st.just("3.9"), st.lists(TEXT, max_size=3).map(",".join)),
)


def _verbs(command: click.Command, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _verbs(below, *words, name)
    else:
        yield words, command


VERBS = dict(_verbs(commands))
READERS: Mapping[str, Callable[[str], object]] = {
    "fail_on": parse_gate,
    "url": site.checked_url,
    "cluster": lambda text: address_of(text, insecure=False),
    "address": lambda text: address_of(text, insecure=True),
    "machine": check_machine,
    "shard": lambda text: chosen_shard(text, None, None),
}
"""What reads the text of an option or argument of such a name before anything is done."""
GOOD = ["slower:5%", "https://me.example/", "listen:127.0.0.1:80", "tls://a:1", "here", "2/3", "7"]


@st.composite
def command_lines(draw: st.DrawFn) -> tuple[tuple[str, ...], list[str]]:
    """Return a verb, and words that may be its options and arguments."""
    words = draw(st.sampled_from(sorted(VERBS)))
    given: list[str] = []
    for option in draw(st.lists(st.sampled_from([*VERBS[words].params, None]), max_size=5)):
        text = draw(st.one_of(st.sampled_from(GOOD), TEXT))
        flag = draw(st.sampled_from(option.opts)) if isinstance(option, click.Option) else ""
        if isinstance(option, click.Option) and option.is_flag:
            given.append(flag)
        elif flag.startswith("--") and draw(st.booleans()):
            given.append(f"{flag}={text}")
        else:
            given += [flag, text] if flag else [text]
    return words, given


def parsed(line: tuple[tuple[str, ...], list[str]]) -> str:
    """Read the words after a verb, and what its options and arguments hold."""
    words, given = line
    try:
        with _quiet(), VERBS[words].make_context(" ".join(words), [*given]) as context:
            values = dict(context.params)
    except click.exceptions.Exit:
        return "help"
    except click.ClickException:
        return "refused"
    texts = [(READERS[name], value) for name, value in values.items() if name in READERS]
    if any(refused(lambda: read(text)) for read, text in texts if text is not None):  # noqa: B023
        return "refused as it is read"
    return "taken"


MERGE = Target(changed_files(_shards), merged)
PUBLISH = Target(changed_files(kept), published)
PART = Target(requests(), asked)
TRY = Target(TRIALS, tried)
ARGUMENTS = Target(command_lines(), parsed)
