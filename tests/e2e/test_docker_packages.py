"""Optional packages of an image: those that can be had, and those that cannot."""

import sys
import zipfile
from pathlib import Path

import pytest
from engines import HERE, agent_of, executor_of, inside

from runner import images
from runner.engine import Client
from runner.images import ImageStep
from runner.model import Image

pytestmark = pytest.mark.docker


def wheel(folder: Path, name: str, version: str) -> None:
    """Write a wheel of one empty module."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py2.py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"__version__ = {version!r}\n")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def test_packages_that_can_be_had_are_in_the_image_and_the_others_are_named(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path, "shipped", "1.5")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    wanted = {HERE: {"shipped": "1.5", "unheard-of": "3.0"}}

    image = images.build({HERE: sys.executable}, "host", wanted, client)[HERE]

    assert isinstance(image, Image), image
    assert image.packages == {"shipped": "1.5"}
    assert "unheard-of==3.0" in image.lacking["unheard-of"]
    assert inside(client, image, "import shipped; print(shipped.__version__)") == "1.5"
    with executor_of(client, image) as executor:
        agent_of(executor)
        facts = executor.facts()[HERE]
    assert facts["packages"] == "shipped 1.5"
    assert facts["packages_lacking"].startswith("unheard-of: ")
    client.images.remove(image.tag)


def test_a_package_that_could_not_be_had_is_asked_for_once_until_another_is_wanted(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    heard: list[ImageStep] = []

    def build(version: str) -> Image:
        heard.clear()
        wanted = {HERE: {"late": version}}
        built = images.build({HERE: sys.executable}, "host", wanted, client, heard.append)[HERE]
        assert isinstance(built, Image), built
        return built

    first = build("1.0")
    wheel(tmp_path, "late", "1.0")
    wheel(tmp_path, "late", "2.0")

    assert build("1.0") == first
    assert [one.text for one in heard] == ["without late, as when it was built", first.tag]
    second = build("2.0")
    assert (dict(first.packages), dict(second.packages)) == ({}, {"late": "2.0"})
    client.images.remove(first.tag)
    client.images.remove(second.tag)
