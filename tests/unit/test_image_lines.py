"""What is said while images are made: each line once, short, and where a base comes from."""

from runner.images import ImageStep, shortened
from runner.images.building import teller


def test_where_a_base_comes_from_is_said_once_for_each_interpreter() -> None:
    said: list[str] = []
    hear = teller(said.append)
    for python in ("3.9", "3.13"):
        for _ in range(2):
            hear(ImageStep(python, "base", "pulling python:slim"))
    hear(ImageStep("3.9", "base", "from host, since hub: the registry does not answer"))
    assert said == [
        "ipcmatrix: image 3.9: base: pulling python:slim",
        "ipcmatrix: image 3.13: base: pulling python:slim",
        "ipcmatrix: image 3.9: base: from host, since hub: the registry does not answer",
    ]


def test_steps_of_a_build_and_what_is_ready_are_not_said() -> None:
    said: list[str] = []
    hear = teller(said.append)
    hear(ImageStep("3.9", "build", "Step 1/9 : FROM scratch"))
    hear(ImageStep("3.9", "ready", "ipcmatrix/python:3.9"))
    hear(ImageStep("3.9", "failed", "no space"))
    assert said == ["ipcmatrix: image 3.9: failed: no space"]


def test_a_long_reason_becomes_one_short_line() -> None:
    said: list[str] = []
    teller(said.append)(ImageStep("3.9", "failed", "first line\nsecond " + "x" * 500))
    assert said[0].startswith("ipcmatrix: image 3.9: failed: first line second xxx")
    assert len(said[0]) == 160
    assert said[0].endswith("x…")
    assert shortened("") == ""
    assert shortened("a" * 160) == "a" * 160
