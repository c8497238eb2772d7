"""What is written: names, bytes, tables beside the page, the bundle."""

import csv
import errno
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from findings_factory import CONTEXTS, RUN, Factory, hostile
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import BadInputError
from runner.report.bundling import bundle
from runner.report.publication import compose, draw_pictures, write
from runner.report.tables import as_csv, columns_of
from runner.report.view import View
from runner.results import ROWS
from runner.studies import load
from tests.reference import tables

FACTORY = Factory(pythons=("3.9", "3.10"), contexts=CONTEXTS[:2])


@pytest.mark.slow
def test_the_same_findings_give_the_same_files(tmp_path: Path) -> None:
    first, second = (write(FACTORY.findings(), tmp_path / name) for name in ("a", "b"))
    assert [one.relative_to(tmp_path / "a") for one in first] == [
        one.relative_to(tmp_path / "b") for one in second
    ]
    assert [one.read_bytes() for one in first] == [one.read_bytes() for one in second]
    assert sorted(tmp_path.glob("a/**/.*")) == []


def test_only_the_asked_formats_are_written(tmp_path: Path) -> None:
    assert [one.name for one in write(FACTORY.findings(), tmp_path, formats=("md",))] == [
        "report.md"
    ]
    assert "<picture>" not in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="report formats pdf are unknown"):
        write(FACTORY.findings(), tmp_path, formats=("pdf",))


def test_png_stands_beside_svg_and_takes_its_place_where_there_is_none(tmp_path: Path) -> None:
    found = FACTORY.findings()
    both = {one.name for one in write(found, tmp_path, formats=("md", "svg", "png"))}
    assert {one.removesuffix(".png") for one in both if one.endswith(".png")} == {
        one.removesuffix(".svg") for one in both if one.endswith(".svg")
    }
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert ".svg" in text
    assert ".png" not in text
    for ground in ("light", "dark"):
        content = (tmp_path / "pictures" / f"forest-{ground}.png").read_bytes()
        assert content.startswith(b"\x89PNG")
    write(found, tmp_path, formats=("md", "png"))
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert 'src="pictures/forest-light.png"' in text
    assert {one.suffix for one in (tmp_path / "pictures").iterdir()} == {".png"}
    write(found, tmp_path, formats=("md", "svg"))
    assert {one.suffix for one in (tmp_path / "pictures").iterdir()} == {".svg"}


def test_pictures_that_the_markdown_embeds_are_there(tmp_path: Path) -> None:
    written = write(FACTORY.findings(), tmp_path, formats=("md", "svg"))
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    svgs = [one.relative_to(tmp_path).as_posix() for one in written if one.suffix == ".svg"]
    assert svgs
    assert all(f'"{name}"' in text for name in svgs)
    assert text.count("<picture>") * 2 == len(svgs)


def test_every_table_is_there_as_csv_and_json(tmp_path: Path) -> None:
    written = write(FACTORY.findings(), tmp_path, formats=("tables",))
    names = {one.relative_to(tmp_path / "tables").as_posix() for one in written}
    for name in ("cells", "comparisons", "winners", "crossovers", "failures", "noise",
                 "shown/winners", "shown/ratios-c0", "shown/transport-pairs-c0"):  # fmt: skip
        assert {f"{name}.csv", f"{name}.json"} <= names
    cells = list(csv.DictReader(io.StringIO((tmp_path / "tables/cells.csv").read_text("utf-8"))))
    assert len(cells) == FACTORY.findings().planned
    assert float(cells[0]["rate"]) == FACTORY.findings().cells[0].rate


def test_shown_tables_hold_the_unrounded_numbers_too(tmp_path: Path) -> None:
    write(FACTORY.findings(), tmp_path, formats=("tables",))
    table = json.loads((tmp_path / "tables/shown/ratios-c0.json").read_text("utf-8"))
    assert table["columns"][:3] == ["transport", "3.9", "3.9 (number)"]
    pipe = next(row for row in table["data"] if row[0] == "Pipe")
    assert pipe[1].startswith("1.27 ▲ [")
    assert round(pipe[2], 2) == 1.27


def test_hostile_texts_survive_in_tables_as_data(tmp_path: Path) -> None:
    write(hostile(), tmp_path, formats=("tables",))
    frame = json.loads((tmp_path / "tables/cells.json").read_text("utf-8"))
    assert "<script>alert('name')</script>" in frame["transport"]


@pytest.mark.slow
def test_a_page_without_pictures_needs_no_charts_library(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "import runner.report.publication, runner.report.terminal, runner.report.summary\n"
        "import runner.report.comparison, runner.report.bundling\n"
        "print([one for one in ('altair', 'vl_convert') if one in sys.modules])\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = tmp_path / "run-1"
    (run / "trials").mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({**RUN, "places": {"3.9": {"image": "sha256:12"}}}))
    (run / "cells.csv").write_text("python\n3.9\n")
    (run / "trials" / "vm-1.csv").write_text("machine\nvm-1\n")
    (run / "trials" / ".lock").write_text("")
    (run / "report.md").write_text("# Report\n")
    return run


def test_a_bundle_holds_what_reproduces_the_run(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle(folder, tmp_path / "out.zip")) as archive:
        assert archive.namelist() == [
            f"run-1/{name}"
            for name in ("REPRODUCE.md", "matrix.yaml", "cells.csv", "report.md", "run.json",
                         "trials/vm-1.csv")
        ]  # fmt: skip
        said = archive.read("run-1/REPRODUCE.md").decode()
        assert "ipcmatrix run --profile quick --seed 7 --matrix matrix.yaml" in said
        assert "sha256:12" in said
        assert archive.read("run-1/matrix.yaml").startswith(b"axes:\n")


def test_a_bundle_of_the_same_folder_has_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = bundle(folder, tmp_path / "one.zip").read_bytes()
    (folder / "report.md").touch()
    assert bundle(folder, tmp_path / "two.zip").read_bytes() == first


def test_a_bundle_takes_the_report_from_where_it_was_written(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "elsewhere"
    (report / "tables").mkdir(parents=True)
    (report / "report.md").write_text("# Newer\n")
    (report / "tables" / "cells.csv").write_text("python\n3.9\n")
    (report / "run.json").write_text("{}")
    with zipfile.ZipFile(bundle(folder, tmp_path / "out.zip", report)) as archive:
        assert archive.read("run-1/report.md") == b"# Newer\n"
        assert "run-1/tables/cells.csv" in archive.namelist()
        assert archive.read("run-1/run.json") == (folder / "run.json").read_bytes()


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="name the folder of a run"):
        bundle(tmp_path, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


@pytest.mark.parametrize("place", ["tables", "pictures", "trials"])
def test_a_linked_folder_is_left_out_of_a_bundle_and_named(
    place: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / place, ignore_errors=True)
    (folder / place).symlink_to("/")
    names = zipfile.ZipFile(bundle(folder, tmp_path / "out.zip")).namelist()
    assert not [one for one in names if one.startswith(f"run-1/{place}/")]
    told = f"ipcmatrix: {str(folder / place)!r}: is a link, not a file: left out of the bundle"
    assert capsys.readouterr().err == f"{told}\n"


def test_links_pipes_and_names_that_lead_out_are_left_out_of_a_bundle_and_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text("secret")
    (folder / "tables" / "shown").mkdir(parents=True)
    strange = {
        "cells.csv": "is a link, not a file",
        "tables/a.csv": "is a link, not a file",
        "tables/shown/b.json": "is a pipe, not a file",
        "tables/..\\..\\c.csv": "is a name that not every system unpacks in its place",
        "pictures/C:d.svg": "is a name that not every system unpacks in its place",
        "report.html": "is a directory, not a file",
    }
    (folder / "cells.csv").unlink()
    (folder / "cells.csv").symlink_to("/etc/shadow")
    (folder / "tables" / "a.csv").symlink_to(tmp_path / "key")
    os.mkfifo(folder / "tables" / "shown" / "b.json")
    (folder / "tables" / "..\\..\\c.csv").write_text("x")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "C:d.svg").write_text("x")
    (folder / "report.html").mkdir()
    with zipfile.ZipFile(bundle(folder, tmp_path / "out.zip")) as archive:
        assert archive.namelist() == [
            f"run-1/{name}"
            for name in ("REPRODUCE.md", "matrix.yaml", "report.md", "run.json", "trials/vm-1.csv")
        ]
    told = capsys.readouterr().err
    for name, why in strange.items():
        assert f"{str(folder / name)!r}: {why}: left out of the bundle" in told


def test_a_linked_run_json_is_not_a_run(folder: Path, tmp_path: Path) -> None:
    (folder / "run.json").rename(tmp_path / "other.json")
    (folder / "run.json").symlink_to(tmp_path / "other.json")
    with pytest.raises(BadInputError, match="is a link, not a file"):
        bundle(folder, tmp_path / "out.zip")


def test_a_bundle_never_goes_through_a_link(folder: Path, tmp_path: Path) -> None:
    older = bundle(folder, tmp_path / "older.zip").read_bytes()
    (tmp_path / "out.zip").symlink_to(tmp_path / "older.zip")
    with pytest.raises(BadInputError, match="exists and is not a zip"):
        bundle(folder, tmp_path / "out.zip")
    assert (tmp_path / "older.zip").read_bytes() == older


def test_a_bundle_that_does_not_fit_the_disk_is_named_and_the_earlier_one_stays(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "new" / "out.zip"
    earlier = bundle(folder, out).read_bytes()
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left") as caught:
        bundle(folder, out)
    assert caught.value.filename == str(out)
    assert [(path, path.read_bytes()) for path in out.parent.iterdir()] == [(out, earlier)]


def test_what_an_earlier_report_left_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    kept = ("tables/mine.csv", "pictures/photo.svg", "tables/shown/Note.txt", "notes.md")
    gone = ("tables/shown/payloads-p9.csv", "pictures/gone-light.svg", "tables/history.csv")
    findings = FACTORY.findings()
    for name in (*kept, *gone):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    linked = tmp_path / "pictures" / "gone-dark.svg"
    linked.symlink_to(tmp_path / "notes.md")
    written = write(findings, tmp_path)
    found = {path for path in tmp_path.rglob("*") if not path.is_dir()}
    assert found == {*written, linked, *(tmp_path / name for name in kept)}


@pytest.mark.slow
def test_a_link_in_the_place_of_a_table_leaves_the_earlier_report_whole(tmp_path: Path) -> None:
    write(FACTORY.findings(), tmp_path)
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "tables" / "winners.csv").unlink()
    (tmp_path / "tables" / "winners.csv").symlink_to(tmp_path / "victim")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(OSError, match="is a link, not a file"):
        write(Factory(pythons=("3.9",)).findings(), tmp_path)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n '\"a1,;\\\uff1d\0")) | st.text())
@pytest.mark.slow
def test_no_text_of_a_table_begins_a_formula(words: str) -> None:
    table = as_csv(["title", words], [[words, -1.5], ["x", None]])
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert "-1.5" in rows[1]
    for field in (field for row in rows for field in row):
        assert not begins_a_formula(field)


def begins_a_formula(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        bare = re.sub(r"^[\s\0]+", "", field)
        return field[:1] in tuple("\t\r\n") or bare[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
    return field[:1] in tuple("\t\r\n")


def test_a_picture_that_no_section_shows_is_not_written() -> None:
    findings = Factory(("3.11", "3.13"), ("pipe", "queue"), CONTEXTS[:1]).findings()
    pairs = [one for one in findings.comparisons if one.compared_axis == "transport"]
    alone = replace(findings, comparisons=pairs)
    pictures = draw_pictures(View(alone))
    document = compose(View(alone), pictures)
    named = {name for section in document.sections for name in section.pictures}
    assert "versions" in {picture.name for picture in pictures}
    assert "versions" not in named
    assert {picture.name for picture in document.pictures} <= named


def test_the_columns_of_every_table_are_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "tables.md").read_text(encoding="utf-8")
    assert page == tables(), "python -m tests.reference tables > docs/tables.md"
    written = load("pipe_vs_queue").TABLES
    for name, kind in [*ROWS.items(), *((f"study-{name}", kind) for name, kind in written.items())]:
        assert f"\n## {name}\n" in page
        assert all(one.metadata["meaning"] for one in columns_of(kind))
