"""Files of the user's own in a matrix: how they are named, read, kept and noticed to change."""

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from runner.analysis.changes.likeness import likeness
from runner.errors import BadInputError
from runner.images.base import Base
from runner.images.recipe import Recipe, tag_of
from runner.matrix import Flags, override, own_files
from runner.matrix.names import Vocabulary
from runner.matrix.reading import parse
from runner.model import Catalogue, Matrix, OwnFile, Status, staged
from runner.pipeline.reading import harness_names
from runner.plan import plan
from runner.report.bundling import bundle
from runner.runfolder import journal
from small_journal import CELLS, MATRIX, NEEDED
from small_world import VOCABULARY, answers

TEXT = """
axes:
  python: ["3.13"]
  transport: [pipe, queue]
  payload: ["./lib/messages.py:order", "./data.json", int]
exclude: [{transport: queue, payload: "./lib/messages.py:order"}]
"""
KNOWN = replace(
    VOCABULARY, payloads={**VOCABULARY.payloads, "messages.py:order": "", "data.json": ""}
)
MESSAGES = b"def order(number):\n    'An order.'\n    return number\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "messages.py").write_bytes(MESSAGES)
    (tmp_path / "data.json").write_text("[1, 2]")
    return tmp_path


def read(text: str = TEXT, known: Vocabulary = KNOWN) -> Matrix:
    return parse(text, "matrix.yaml", known)


def refused(text: str, folder: Path, *flags: str) -> str:
    with pytest.raises(BadInputError) as caught:
        own_files(text, str(folder / "matrix.yaml"), flags)
    return str(caught.value).replace(f"{folder}/", "")


def test_the_files_of_a_matrix_are_read_once_each_with_their_functions(folder: Path) -> None:
    text = TEXT + 'grids: [{payload: "lib/messages.py:other"}]\n'
    assert own_files(text, str(folder / "matrix.yaml")) == (
        OwnFile("./lib/messages.py", MESSAGES, ("order", "other")),
        OwnFile("./data.json", b"[1, 2]", ()),
    )


def test_a_cell_is_named_by_file_and_function_without_the_folder() -> None:
    matrix = read()
    assert matrix.axes["payload"] == ("messages.py:order", "data.json", "int")
    assert matrix.exclude == ({"transport": "queue", "payload": "messages.py:order"},)


@pytest.mark.parametrize(
    "value",
    ["../messages.py:order", "/etc/messages.py:order", "./messages.py", "./data.json:order",
     "./a b.py:order", "./messages.py:a-b", "./\x1b.py:order", ".hidden.py:order"],
)  # fmt: skip
def test_what_is_not_a_file_of_ones_own_is_refused_with_its_place(value: str) -> None:
    text = TEXT.replace('"./data.json"', json.dumps(value))
    with pytest.raises(BadInputError, match=r"matrix.yaml:5:40: .*; write ./messages.py:order"):
        read(text)


def test_a_file_that_cannot_be_read_is_reported_with_its_place(folder: Path) -> None:
    (folder / "data.json").unlink()
    assert refused(TEXT, folder).startswith(
        "matrix.yaml:5:40: ./data.json: data.json: No such file"
    )
    os.mkfifo(folder / "data.json")
    assert "is a pipe, not a file" in refused(TEXT, folder)
    (folder / "data.json").unlink()
    (folder / "data.json").symlink_to("/etc/hostname")
    assert "is a link, not a file" in refused(TEXT, folder)


def test_two_files_of_one_name_are_refused(folder: Path) -> None:
    (folder / "messages.py").write_bytes(MESSAGES)
    text = TEXT + 'grids: [{payload: "./messages.py:order"}]\n'
    assert "lib/messages.py is another file of this name; rename one" in refused(text, folder)


def test_the_flag_takes_files_of_the_current_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "lib")
    text = "axes: {}\n"
    assert own_files(text, "x/matrix.yaml", ["./messages.py:order"])[0].path == "./messages.py"
    assert refused(text, folder, "./nix.py:order").startswith(
        "--payload ./nix.py:order: nix.py: No"
    )


def test_the_flag_replaces_payloads_wherever_the_matrix_has_some() -> None:
    text = TEXT + (
        "grids: [{topology: fan_out, payload: int}, {topology: fan_out, payload: dict}]\n"
        "include: [{python: '3.13', transport: pipe, payload: dict}]\n"
        "compare: {axes: {transport: {payload: [int]}}, baseline: {payload: int}}\n"
    )
    matrix = override(read(text), Flags(payload=["./lib/messages.py:order", "int"]), KNOWN)
    both = ("messages.py:order", "int")
    assert matrix.axes["payload"] == both
    assert matrix.grids == ({"topology": ("fan_out",), "payload": both},)
    assert matrix.include == ()
    assert len(matrix.exclude) == len(matrix.exclude_places) == 1
    assert matrix.compare.axes == {"transport": {"payload": both}}
    assert matrix.compare.baseline == {"payload": "int"}
    with pytest.raises(BadInputError, match=r"unknown payload 'dixt'; did you mean dict"):
        override(read(), Flags(payload=["dixt"]), KNOWN)


@pytest.mark.machine
@pytest.mark.slow
def test_the_harness_names_them_and_finds_their_faults() -> None:
    known = harness_names((OwnFile("./lib/messages.py", MESSAGES, ("order",)),))
    assert "messages.py:order" in [one.name for one in known.registry["payload"]]
    assert Catalogue.united([known.registry]).label("payload", "messages.py:order") == (
        "messages.py:order"
    )
    with pytest.raises(BadInputError, match=r"^\./messages.py:1: NameError: name 'nix'"):
        harness_names((OwnFile("./messages.py", b"nix\n", ("order",)),))


def test_a_fault_on_one_interpreter_is_the_reason_of_its_cells() -> None:
    fault = "./messages.py:1: SyntaxError: invalid syntax"
    capabilities = replace(answers(), faults={"messages.py": fault})
    planned = plan(replace(read(), exclude=()), {"3.13": capabilities})
    told = {one.cell.payload: (one.status, one.reason) for one in planned.cells}
    assert told["messages.py:order"] == (Status.UNSUPPORTED, fault)
    assert told["int"] == (Status.PLANNED, "")


def test_an_image_is_another_one_where_a_file_is(folder: Path) -> None:
    base = Base("b", "sha256:1", "host", "/p")
    tags = [
        tag_of("3.13", Recipe(b"", {}, staged(files)), base, {})
        for files in (
            (),
            (OwnFile("./messages.py", MESSAGES, ("order",)),),
            (OwnFile("./messages.py", MESSAGES + b"#", ("order",)),),
        )
    ]
    assert len(set(tags)) == 3


def test_a_run_keeps_them_and_notices_that_they_changed(tmp_path: Path) -> None:
    file = OwnFile("./lib/messages.py", MESSAGES, ("order",))
    matrix = replace(MATRIX, files=(file,))
    journal.create(tmp_path, "run-1", matrix, CELLS, "vm-1", NEEDED).close()
    run = tmp_path / "run-1"
    assert (run / "files" / "lib" / "messages.py").read_bytes() == MESSAGES
    other = replace(matrix, files=(replace(file, content=b""),))
    with pytest.raises(BadInputError, match=r"\./lib/messages.py has changed since the run began"):
        journal.reopen(run, other, CELLS, "vm-1")
    journal.reopen(run, matrix, CELLS, "vm-1").journal.close()

    head = json.loads((run / "run.json").read_text())
    changed = {**head, "files": [{**head["files"][0], "sha256": "0" * 64}]}
    assert likeness([head], [changed]).conditions == ("./lib/messages.py",)

    (run / "files" / "lib" / "secret.py").symlink_to("/etc/passwd")
    with zipfile.ZipFile(bundle(run, tmp_path / "out.zip")) as archive:
        names = archive.namelist()
        assert "run-1/files/matrix.yaml" in names
        assert "run-1/files/lib/secret.py" not in names
        assert archive.read("run-1/files/lib/messages.py") == MESSAGES


def test_plugins_are_listed_at_the_top_and_read_with_the_rest(folder: Path) -> None:
    plugins = 'plugins: ["./lib/messages.py", ./my_transports.py]\n'
    (folder / "my_transports.py").write_bytes(b"")
    assert own_files(plugins + TEXT, str(folder / "matrix.yaml")) == (
        OwnFile("./lib/messages.py", MESSAGES, ("order",), plugin=True),
        OwnFile("./data.json", b"[1, 2]", ()),
        OwnFile("./my_transports.py", b"", (), plugin=True),
    )
    assert "plugins: expected a list; write [./my_transports.py]" in refused(
        "plugins: x.py\n", folder
    )
    assert len(refused("plugins: [../x.py, ./data.json, {}]\n", folder).splitlines()) == 3
    in_profile = TEXT + "profiles: {p: {plugins: [./my_transports.py]}}\n"
    with pytest.raises(BadInputError, match="plugins inside a profile; it belongs at the top"):
        read(in_profile)


def test_fresh_goes_before_any_payload(folder: Path) -> None:
    text = TEXT.replace('"./data.json"', '"fresh:./lib/messages.py:order", "fresh:str:100"')
    assert own_files(text, str(folder / "matrix.yaml"))[0].functions == ("order",)
    matrix = replace(read(text), exclude=())
    names = ("messages.py:order", "fresh:messages.py:order", "fresh:str:100", "int")
    assert matrix.axes["payload"] == names
    registry = harness_names(()).registry
    known = Catalogue.united([registry])
    assert known.label("payload", "fresh:str:100") == "fresh:str:100"
    assert known.message_bytes("fresh:str:100") == 100
    assert sorted(
        ["int", "fresh:str:9", "str:10", "str:9"], key=lambda one: known.key("payload", one)
    ) == ["int", "str:9", "fresh:str:9", "str:10"]
    lacking = replace(answers(), payloads={**answers().payloads, "str": "none here"})
    told = {one.cell.payload: one.reason for one in plan(matrix, {"3.13": lacking}).cells}
    assert told["fresh:str:100"] == "none here"
    with pytest.raises(BadInputError, match="unknown payload 'strr'; did you mean str"):
        read(text.replace("fresh:str", "fresh:strr"))


def test_files_beside_that_are_imported_by_name_come_along(folder: Path) -> None:
    lib = folder / "lib"
    text = (
        b"import json, prices\nfrom plugins import shapes\nfrom . import relative\n"
        b"def order(number):\n    from late import most\n    import numpy.linalg\n"
    )
    (lib / "messages.py").write_bytes(text)
    for name in ("prices", "shapes", "relative", "late", "deeper", "json", "other"):
        (lib / f"{name}.py").write_bytes(b"")
    (lib / "prices.py").write_bytes(b"import plugins.deeper\nfrom messages import order\n")
    (folder / "numpy.py").write_bytes(b"")
    found = own_files(TEXT, str(folder / "matrix.yaml"))
    names = ("prices", "shapes", "relative", "late", "deeper")
    assert [one.path for one in found] == [
        "./lib/messages.py",
        "./data.json",
        *(f"./lib/{one}.py" for one in names),
    ]
    assert found[2] == OwnFile("./lib/prices.py", (lib / "prices.py").read_bytes())


def test_a_file_beside_that_cannot_come_along_is_refused_with_who_imports_it(folder: Path) -> None:
    lib = folder / "lib"
    (lib / "messages.py").write_bytes(b"\nimport prices\ndef order(number): return 1\n")
    (lib / "prices.py").symlink_to("/etc/hostname")
    said = refused(TEXT, folder)
    assert said.startswith("./lib/messages.py:2: it imports prices: lib/prices.py: is a link")
    (lib / "prices.py").unlink()
    (lib / "prices.py").write_bytes(b"")
    (folder / "prices.py").write_bytes(b"")
    assert "./lib/messages.py:2: it imports prices: prices.py is another file of this" in refused(
        "plugins: [./prices.py]\n" + TEXT, folder
    )
    (folder / "a-b.py").write_bytes(b"")
    (folder / "a_b.py").write_bytes(b"import prices\n")
    assert "./a_b.py: it is the same module as ./a-b.py; rename one of them" in refused(
        "plugins: [./a-b.py, ./a_b.py]\n", folder
    )
