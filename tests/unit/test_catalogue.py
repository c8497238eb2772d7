"""What reports know of the harness's names: labels, order, roles, sizes; one run's and several."""

import pytest

from runner.model import Catalogue, RegistryEntry
from tests.registry import CATALOGUE

PIGEON = {"name": "pigeon", "label": "Carrier pigeon", "role": "objects", "shared": True}


def test_a_label_keeps_the_parameter_and_what_is_not_known_is_itself() -> None:
    assert CATALOGUE.label("transport", "pipe_simplex") == "Pipe(duplex=False)"
    assert CATALOGUE.label("payload", "bytes:1024") == "bytes:1024"
    assert CATALOGUE.label("transport", "pigeon") == "pigeon"
    assert CATALOGUE.label("python", "3.10") == "3.10"
    assert Catalogue().label("transport", "pipe") == "pipe"
    nameless = Catalogue.united([{"transport": [RegistryEntry("pigeon", "", "flies")]}])
    assert nameless.label("transport", "pigeon") == "pigeon"


def test_a_label_means_its_name_with_its_parameter() -> None:
    for text, value in (
        ("Pipe", "pipe"),
        ("pipe(DUPLEX=false)", "pipe_simplex"),
        ("os.pipe:1048576", "os_pipe:1048576"),
        ("pipe", "pipe"),
        ("Pipes", "Pipes"),
        ("", ""),
    ):
        assert CATALOGUE.value("transport", text) == value
    assert CATALOGUE.value("payload", "fresh:bytes:10") == "fresh:bytes:10"
    assert CATALOGUE.value("python", "Pipe") == "Pipe"
    assert Catalogue().value("transport", "Pipe") == "Pipe"


def test_every_label_can_stand_on_a_command_line_and_means_one_thing() -> None:
    """`--only` separates values by commas; two labels must differ in more than case."""
    from runner.pipeline.reading import harness_names

    registry = harness_names(()).registry
    known = Catalogue.united([registry])
    for axis in ("transport", "payload", "topology"):
        labels = [one.label for one in registry[axis]]
        assert len({one.casefold() for one in labels}) == len(labels)
        for one in registry[axis]:
            assert "," not in one.label
            assert known.value(axis, one.label) == one.name
            assert known.value(axis, known.label(axis, one.name)) == one.name


def test_the_order_is_the_tables_then_sizes_and_what_is_not_known_is_last() -> None:
    payloads = ["zebra", "str:100", "bytes:9", "ndarray:2x3", "bytes:10000", "int", "bytes:70"]
    assert sorted(payloads, key=lambda one: CATALOGUE.key("payload", one)) == [
        "int",
        "str:100",
        "bytes:9",
        "bytes:70",
        "bytes:10000",
        "ndarray:2x3",
        "zebra",
    ]


def test_roles_and_channels_are_the_harnesss() -> None:
    assert [one for one in CATALOGUE.entries["transport"] if CATALOGUE.bounds(one)] == [
        "os_pipe",
        "thread_queue",
    ]
    assert CATALOGUE.own_channels("pipe")
    assert not CATALOGUE.one_channel("pipe")
    assert CATALOGUE.one_channel("pipe_locked")
    for neither in ("os_pipe", "thread_queue", "pigeon"):
        assert not CATALOGUE.own_channels(neither)
        assert not CATALOGUE.one_channel(neither)


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        ("bytes:1024", 1024),
        ("ndarray:400x400x3", 3_840_000),
        ("made_ndarray:2", 16),
        ("bytes", None),
        ("bytes:", None),
        ("bytes:-1", None),
        ("bytes:²", None),
        ("dict", None),
        ("zebra:100", None),
        ("bytes:" + "9" * 5000, None),
        ("ndarray:" + "x".join(["9" * 18] * 900), None),
    ],
)
def test_the_size_of_a_message_is_reported_by_its_name_or_not_at_all(
    payload: str, size: int | None
) -> None:
    assert CATALOGUE.message_bytes(payload) == size
    assert CATALOGUE.key("payload", payload)


def test_of_several_runs_the_first_says_the_order_and_the_label() -> None:
    first = {"registry": {"transport": [PIGEON, {"name": "pipe", "label": "Pipe"}]}}
    later = {"name": "pigeon", "label": "Pigeon"}
    second = {"registry": {"transport": [{"name": "raven", "label": "Raven", "later": 1}, later]}}
    found = Catalogue.of_runs([first, second])
    assert list(found.entries["transport"]) == ["pigeon", "pipe", "raven"]
    assert found.label("transport", "pigeon") == "Carrier pigeon"
    assert found.one_channel("pigeon")
