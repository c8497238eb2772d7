"""Images through a registry of our own: pushed once, pulled by digest, told in run.json."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from engines import HERE, PrivateEngine, agent_of, executor_of, image_of, statuses, trial

from runner import images
from runner.engine import Client
from runner.errors import BadInputError
from runner.images import ImageStep, NotHadError, Registry, Wanted, Workshop
from runner.images.recipe import key_of
from runner.model import Image, Limits
from runner.pipeline.images import pull_images, push_images

pytestmark = pytest.mark.docker


def moved(verb: Any, folder: Path, registry: str, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return the exit code of push or pull, and what it prints."""
    path = folder / "matrix.yaml"
    path.write_text(
        f'axes: {{python: ["{HERE}"], transport: [pipe, queue]}}\n'
        f"images: {{source: host, registry: {registry}}}\n"
    )
    code = verb(
        matrix=path, profile=None, only=(), skip=(), executor=None, quiet=True, as_json=True
    )
    return code, json.loads(capsys.readouterr().out)


def test_what_was_pushed_is_pulled_by_digest_and_not_built_again(
    private: PrivateEngine,
    registry: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, repository = private.client, f"{registry}/me/ipcmatrix"
    monkeypatch.setenv("DOCKER_HOST", private.address)
    built = image_of(client)
    code, said = moved(pull_images, tmp_path, repository, capsys)
    assert (code, said["images"]) == (1, {})
    assert f"{repository}:{HERE}-for-" in said["failed"][HERE]
    code, said = moved(push_images, tmp_path, repository, capsys)
    assert (code, said["failed"]) == (0, {})
    exact = said["images"][HERE]
    digest = exact.rpartition("@")[2]
    assert exact == f"{repository}@{digest}"
    assert digest.startswith("sha256:")

    client.images.remove(built.digest, force=True)
    heard: list[ImageStep] = []
    pulled = images.build({HERE: ""}, "host", {}, client, heard.append, registry=repository)[HERE]
    assert isinstance(pulled, Image), pulled
    assert [(one.stage, one.text) for one in heard] == [("pull", exact), ("ready", built.tag)]
    assert (pulled.tag, pulled.digest, pulled.registry_digest) == (built.tag, built.digest, digest)
    with executor_of(client, pulled, Limits()) as executor:
        assert statuses(agent_of(executor).run([trial("queue")])) == ["ok"]
        assert executor.facts()[HERE]["image_registry_digest"] == digest
    assert moved(pull_images, tmp_path, repository, capsys)[1]["images"] == {HERE: exact}

    # What somebody pushed under the name of another recipe's wish is looked at before it is used.
    wanted = Wanted(images.read_recipe(), "host", {})
    other = wanted._replace(recipe=wanted.recipe._replace(dockerfile=b"# another\n"))
    ours, theirs = (key_of(HERE, one, client.version()["Arch"]) for one in (wanted, other))
    client.api.tag(f"{repository}:{ours}", repository, theirs)
    client.images.push(repository, theirs)
    with pytest.raises(NotHadError, match=r"is not an image of .* by the current recipe"):
        Registry(repository, other, client).pull(HERE, Workshop(client, lambda _: None))

    assert pulled.tag not in images.prune(client, [pulled.tag])
    assert f"{repository}:{ours}" in images.prune(client)
    assert not [tag for one in client.images.list() for tag in one.tags if repository in tag]
    code, said = moved(push_images, tmp_path, repository, capsys)
    assert (code, said["failed"]) == (1, {HERE: "is not built: `ipcmatrix images build` does it"})


def test_where_no_registry_answers_images_are_built_as_ever(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[ImageStep] = []
    built = images.build(
        {HERE: sys.executable}, "host", {}, client, heard.append, registry="127.0.0.1:9/me/x"
    )[HERE]
    assert isinstance(built, Image), built
    (said,) = [one.text for one in heard if one.stage == "pull"]
    assert said.startswith("built here, since 127.0.0.1:9/me/x does not answer: ")
    code, moved_none = moved(push_images, tmp_path, "127.0.0.1:9/me/x", capsys)
    assert (code, moved_none["images"]) == (1, {})
    assert moved_none["failed"][HERE].startswith("127.0.0.1:9/me/x: ")


def test_without_a_registry_the_verbs_say_how_to_name_one(tmp_path: Path) -> None:
    path = tmp_path / "matrix.yaml"
    path.write_text(f'axes: {{python: ["{HERE}"], transport: [pipe, queue]}}\n')
    with pytest.raises(BadInputError, match=r"images\.registry is not set: name a repository"):
        push_images(
            matrix=path, profile=None, only=(), skip=(), executor=None, quiet=True, as_json=False
        )
