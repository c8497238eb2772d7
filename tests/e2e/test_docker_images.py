import io
import json
import re
import sys

import pytest
from engines import (
    HERE,
    LIMITS,
    PrivateEngine,
    agent_of,
    executor_of,
    image_of,
    inside,
    statuses,
    trial,
)

from runner import images
from runner.engine import Client, registry_lacks
from runner.executors.docker import DockerExecutor
from runner.images import ImageStep
from runner.machine import interpreters
from runner.model import Image, Limits
from tests.faults.series import staying

pytestmark = pytest.mark.docker

GUESTS = {"2.7": "host", "3.13": "host", "3.14": "debian"}
"""Interpreters beside the tests' own, and the source that each can be had from without a hub."""


def tags_of(client: Client) -> set[str]:
    return {tag for image in client.images.list() for tag in image.tags}


def built_in(client: Client) -> set[str]:
    """Return the containers in which images are built."""
    listed = client.containers.list(
        all=True, filters={"label": "ipcmatrix.kind=image"}, ignore_removed=True
    )
    return {str(one.id) for one in listed}


def recipe_with(**files: bytes) -> images.Recipe:
    real = images.read_recipe()
    return real._replace(harness={**real.harness, **files})


@pytest.mark.parametrize("python", GUESTS)
def test_an_image_of_each_source_runs_the_harness(client: Client, python: str) -> None:
    paths = {one.name: one.path for one in interpreters.find() if not one.broken}

    image = images.build({python: paths.get(python, "")}, GUESTS[python], {}, client)[python]

    assert isinstance(image, Image), image
    assert image.source == GUESTS[python]
    with DockerExecutor({python: image}, LIMITS, "forked", client) as executor:
        agent = executor.open([python])[python]
        assert not isinstance(agent, str), agent
        assert agent.describe().version.startswith(f"{python}.")
        assert statuses(agent.run([trial("pipe"), trial("queue")])) == ["ok", "ok"]


def test_an_image_that_exists_is_not_built_again(client: Client) -> None:
    first = image_of(client)
    heard: list[ImageStep] = []

    again = images.build({HERE: sys.executable}, "host", {}, client, heard.append)[HERE]

    assert again == first
    assert [progress.stage for progress in heard] == ["ready"]


def test_another_harness_is_another_image_on_the_same_base(client: Client) -> None:
    first = image_of(client)

    second = image_of(client, recipe_with(**{"another.py": b"CHANGED = True\n"}))

    assert second.tag != first.tag
    assert second.base_digest == first.base_digest
    client.images.remove(second.tag)


def test_an_image_is_listed_as_it_was_built(client: Client) -> None:
    built = image_of(client)

    assert built in images.list_images(client)
    assert images.find(client, built.tag) == built
    assert re.fullmatch(rf"ipcmatrix/python:{re.escape(HERE)}-[0-9a-f]{{12}}", built.tag)
    labels = client.images.get(built.tag).labels
    assert labels["ipcmatrix.kind"] == "image"
    assert labels["ipcmatrix.base_digest"] == built.base_digest


def test_an_image_holds_interpreter_and_harness_and_its_user_is_not_root(client: Client) -> None:
    image = image_of(client)

    listed = inside(client, image, "import os; print(sorted(os.listdir('/opt/ipcmatrix')))")
    user = inside(client, image, "import os; print(os.getuid(), os.getgid())")
    shell = inside(client, image, "import os; print(os.path.exists('/bin/sh'))")
    installed = inside(client, image, "import importlib.util as u; print(u.find_spec('pandas'))")
    compiled = "import os; print('agent.' in str(os.listdir('/opt/ipcmatrix/harness/__pycache__')))"

    assert listed == "['harness', 'packages', 'python']"
    assert user == "65534 65534"
    assert shell == "False"
    assert installed == "None"
    assert inside(client, image, compiled) == "True"


def test_what_wheels_expect_of_every_system_is_in_an_image_without_one(client: Client) -> None:
    wanted = ("libstdc++.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1")

    opened = inside(
        client,
        image_of(client),
        f"import ctypes; print(all(ctypes.CDLL(name) for name in {wanted!r}))",
    )

    assert opened == "True"


def test_a_build_that_fails_gives_its_last_lines_and_stops_no_other(client: Client) -> None:
    broken = images.read_recipe()
    dockerfile = broken.dockerfile.replace(
        b"USER 65534",
        b'RUN ["/opt/ipcmatrix/python", "-c", "import os, sys; '
        b"print('the reason'); sys.exit(7 * os.path.exists('/opt/ipcmatrix/harness/bad.py'))\"]\n"
        b"USER 65534",
    )
    recipe = images.Recipe(dockerfile, {**broken.harness, "bad.py": b""})
    heard: list[ImageStep] = []

    built = images.build(
        {HERE: sys.executable, "2.4": "", "9.9": "/nowhere/python"},
        "host",
        {},
        client,
        heard.append,
        recipe,
    )

    assert list(built) == [HERE, "2.4", "9.9"]
    assert "the reason" in str(built[HERE])
    assert "returned a non-zero code: 7" in str(built[HERE])
    assert "this machine has no 2.4" in str(built["2.4"])
    assert "/nowhere/python" in str(built["9.9"])
    assert {progress.python for progress in heard if progress.stage == "failed"} == set(built)
    assert not staying(lambda: built_in(client)), "others build for a moment"


def test_one_failure_leaves_the_other_images_built(client: Client) -> None:
    built = images.build({"2.4": "", HERE: sys.executable}, "host", {}, client)

    assert isinstance(built["2.4"], str)
    assert built[HERE] == image_of(client)


def test_auto_takes_the_host_where_the_registry_does_not_answer(private: PrivateEngine) -> None:
    reason = registry_lacks(private.client)
    if not reason:
        pytest.skip("a registry answers here: auto takes its images")
    heard: list[ImageStep] = []

    image = images.build({HERE: sys.executable}, "auto", {}, private.client, heard.append)[HERE]

    assert isinstance(image, Image), image
    assert image.source == "host"
    (said,) = [progress.text for progress in heard if progress.text.startswith("from host")]
    assert "the registry does not answer" in said


def test_prune_removes_ours_but_what_is_kept_and_nothing_else(private: PrivateEngine) -> None:
    client = private.client
    kept = image_of(client)
    doomed = image_of(client, recipe_with(**{"another.py": b"CHANGED = 2\n"}))
    foreign = client.images.get(kept.base)
    foreign.tag("foreign/image", "latest")

    removed = images.prune(client, keep=[kept.tag])

    assert doomed.tag in removed
    assert kept.tag not in removed
    assert kept in images.list_images(client)
    assert {kept.base, "foreign/image:latest"} <= tags_of(client)

    assert kept.tag in images.prune(client)
    assert images.list_images(client) == []
    assert tags_of(client) == {"foreign/image:latest"}


def test_hub_images_are_pulled_by_name_and_known_by_the_registrys_digest(
    client: Client, registry: str
) -> None:
    """The registry of the test is the mirror that `images.mirror` names."""
    host = image_of(client)
    like_hub = f"FROM {host.base}\nRUN {hub_layout(host)}\n".encode()
    name = f"{registry}/library/python"
    built, _ = client.images.build(fileobj=io.BytesIO(like_hub), rm=True)
    built.tag(name, f"{HERE}-slim")
    client.images.push(name, f"{HERE}-slim")
    digest = client.images.get(f"{name}:{HERE}-slim").attrs["RepoDigests"][0].partition("@")[2]
    client.images.remove(f"{name}:{HERE}-slim")

    image = images.build({HERE: ""}, "hub", {}, client, mirror=f"{registry}/library")[HERE]

    assert isinstance(image, Image), image
    assert image.source == "hub"
    assert image.base == f"{name}:{HERE}-slim"
    assert image.base_digest == digest
    with executor_of(client, image, Limits()) as executor:
        assert statuses(agent_of(executor).run([trial("queue")])) == ["ok"]
    client.images.remove(image.tag)


def hub_layout(host: Image) -> str:
    """Return a RUN in its exec form that puts the interpreter where the hub's images have it."""
    code = (
        "import os; os.makedirs('/usr/local/bin'); "
        f"os.symlink({host.interpreter!r}, '/usr/local/bin/python')"
    )
    return json.dumps([host.interpreter, "-c", code])
