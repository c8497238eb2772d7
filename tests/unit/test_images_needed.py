"""Which image serves, and which one `images prune` keeps."""

from collections.abc import Mapping

import pytest

from runner.images.base import Base
from runner.images.recipe import Recipe, Wanted, contents, needed, serves, tag_of
from runner.model import Image

BASE = Base("ipcmatrix/base:x", "sha256:aa", "host", "/usr/bin/python3.14")
TODAY = Recipe(b"FROM x\n", {"__main__.py": b"1\n"})
BEFORE = Recipe(b"FROM x\n", {"__main__.py": b"0\n"})
NUMPY = {"numpy": "2.5.5"}
WANTED = Wanted(TODAY, "auto", {"3.14": NUMPY})


def image(
    recipe: Recipe = TODAY,
    created: str = "2026-01-01T00:00:00.1Z",
    *,
    base: Base = BASE,
    wanted: Mapping[str, str] = NUMPY,
    lacking: Mapping[str, str] | None = None,
    python: str = "3.14",
) -> Image:
    had = {name: version for name, version in wanted.items() if name not in (lacking or {})}
    return Image(
        python,
        tag_of(python, recipe, base, contents(wanted, had)),
        "sha256:image",
        base.reference,
        base.digest,
        base.source,
        base.interpreter,
        had,
        lacking or {},
        created=created,
    )


def test_with_all_its_packages_a_tag_says_their_versions_only() -> None:
    assert contents(NUMPY, NUMPY) == NUMPY
    assert contents({**NUMPY, "zmq": "9"}, NUMPY) == {"numpy": "2.5.5", "zmq": "lacking 9"}


@pytest.mark.parametrize("lacking", [{}, {"numpy": "no wheel"}])
def test_an_image_serves_the_wish_that_it_was_built_for(lacking: Mapping[str, str]) -> None:
    assert serves(image(lacking=lacking), BASE, TODAY, NUMPY)


@pytest.mark.parametrize(
    ("base", "recipe", "wanted"),
    [
        (BASE._replace(digest="sha256:bb"), TODAY, NUMPY),
        (BASE, BEFORE, NUMPY),
        (BASE, TODAY, {"numpy": "2.5.6"}),
        (BASE, TODAY, {**NUMPY, "zmq": "9"}),
        (BASE, TODAY, {}),
    ],
)
def test_another_base_recipe_or_wish_is_built_again_though_it_lacked_before(
    base: Base, recipe: Recipe, wanted: Mapping[str, str]
) -> None:
    assert not serves(image(lacking={"numpy": "no wheel"}), base, recipe, wanted)


def test_what_todays_recipe_gives_is_kept_however_old_and_wherever_listed() -> None:
    current = image(created="2026-01-01T00:00:00.1Z")
    stale = image(BEFORE, created="2026-02-01T00:00:00.1Z")

    assert needed([current, stale], ["3.14"], WANTED) == [current.tag]
    assert needed([stale, current], ["3.14"], WANTED) == [current.tag]


def test_an_image_that_lacks_a_package_is_kept_for_the_wish_it_was_built_for() -> None:
    current = image(lacking={"numpy": "no wheel"})
    stale = image(created="2026-02-01T00:00:00.1Z", wanted={})

    assert needed([stale, current], ["3.14"], WANTED) == [current.tag]


def test_of_two_that_would_do_the_younger_is_kept() -> None:
    older = image(created="2026-01-01T00:00:00.1Z", base=BASE._replace(digest="sha256:bb"))
    younger = image(created="2026-01-02T00:00:00.1Z")

    assert needed([older, younger], ["3.14"], WANTED) == [younger.tag]
    assert needed([younger, older], ["3.14"], WANTED) == [younger.tag]


def test_an_image_of_another_source_than_the_chosen_is_not_todays() -> None:
    host = image()
    debian = image(base=BASE._replace(source="debian", digest="sha256:bb"), created="2026-02")

    assert needed([host, debian], ["3.14"], WANTED._replace(source="host")) == [host.tag]


def test_where_none_is_todays_the_youngest_is_kept() -> None:
    older = image(BEFORE, created="2026-01-01T00:00:00.1Z")
    younger = image(BEFORE, created="2026-01-02T00:00:00.1Z", wanted={})

    assert needed([younger, older], ["3.14"], WANTED) == [younger.tag]


def test_of_interpreters_that_the_matrix_does_not_name_nothing_is_kept() -> None:
    assert needed([image(), image(python="3.6")], ["3.14"], WANTED) == [image().tag]
