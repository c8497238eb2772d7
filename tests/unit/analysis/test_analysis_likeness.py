"""What two runs' facts have in common: what of another environment or build is marked and named."""

from typing import Any

import pytest
from sixteen_cells import findings

from runner.analysis.changes import compare
from runner.analysis.changes.likeness import likeness
from runner.results import Changes


def marks_of(found: Changes) -> dict[str, set[tuple[str, ...]]]:
    marks: dict[str, set[tuple[str, ...]]] = {}
    for one in found.cells:
        marks.setdefault(one.python, set()).add(one.marks)
    return marks


def test_another_build_of_an_interpreter_is_marked_and_compared() -> None:
    old = findings(1, interpreters={"3.9": {"build": "a", "path": "x"}, "3.11": {"build": "a"}})
    new = findings(2, interpreters={"3.9": {"build": "b", "path": "y"}, "3.11": {"build": "a"}})
    marks = marks_of(compare(old, new))
    assert marks["3.9"] == {("interpreter: build",)}
    assert marks["3.11"] == {()}
    assert "invalid" not in {one.verdict for one in compare(old, new).cells}


def test_another_image_is_marked() -> None:
    old = findings(1, places={"3.9": {"image_digest": "sha256:a"}})
    new = findings(2, places={"3.9": {"image_digest": "sha256:b"}})
    marks = marks_of(compare(old, new))
    assert marks["3.9"] == {("interpreter: image_digest",)}


def test_another_kernel_is_reported_once_for_all() -> None:
    old = findings(1, machine_facts={"kernel": {"release": "6.1"}})
    new = findings(2, machine_facts={"kernel": {"release": "6.2"}})
    alike = likeness(old.runs, new.runs)
    assert alike.conditions == ("kernel.release",)


def test_another_environment_is_marked_with_what_differs_and_compared() -> None:
    old = findings(1, machine_facts={"cpu": {"governor": "performance", "mhz": "1"}})
    new = findings(2, machine_facts={"cpu": {"governor": "powersave", "mhz": "2"}})
    found, alike = compare(old, new), likeness(old.runs, new.runs)
    assert alike.conditions == ("cpu.governor",)
    assert len(set(alike.environments)) == 2
    assert {one.marks for one in found.cells} == {("other environment",)}
    assert "invalid" not in {one.verdict for one in found.cells}


def test_one_environment_is_not_marked_and_older_runs_that_say_of_none_neither() -> None:
    facts = {"cpu": {"governor": "performance"}}
    new = findings(2, machine_facts=facts)
    for old in (findings(1, machine_facts=facts), findings(1)):
        alike = likeness(old.runs, new.runs)
        assert (alike.conditions, alike.environments) == ((), ())
        found = compare(old, new)
        assert found.notes == []
        assert {one.marks for one in found.cells} == {()}


CPU = {"governor": "performance"}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"machine_facts": {"cpu": CPU}}, {"machine_facts": {"cpu": CPU, "ipc": {"most": "1"}}}),
        ({"machine": "", "machine_facts": {"cpu": CPU}}, {"machine_facts": {"cpu": CPU}}),
        (
            {"machine_facts": {"cpu": CPU}, "places": {"3.9": {"cores": "0"}}},
            {"machine_facts": {"cpu": CPU}, "places": {"3.11": {"engine": "28.1"}}},
        ),
    ],
    ids=["subject", "machine", "engine"],
)
def test_what_one_run_does_not_say_makes_no_other_environment(
    older: dict[str, Any], newer: dict[str, Any]
) -> None:
    for old, new in ((older, newer), (newer, older)):
        alike = likeness(findings(1, **old).runs, findings(2, **new).runs)
        assert (alike.conditions, alike.environments) == ((), ())


@pytest.mark.parametrize(
    ("older", "newer", "named"),
    [
        ({"kernel": {"release": "6.1"}}, {"kernel": {"release": "6.2"}}, "kernel.release"),
        ({"kernel": {}}, {"kernel": {"cmdline": "nosmt"}}, "kernel.cmdline"),
    ],
)
def test_what_makes_another_environment_is_named_beside_what_is_not_reported(
    older: dict[str, Any], newer: dict[str, Any], named: str
) -> None:
    old = findings(1, machine_facts={**older, "cpu": CPU})
    new = findings(2, machine_facts={**newer, "cpu": CPU, "clock": {"source": "tsc"}})
    alike = likeness(old.runs, new.runs)
    assert alike.conditions == (named,)
    assert len(set(alike.environments)) == 2


def test_another_engine_is_named_though_the_runs_share_no_image() -> None:
    facts = {"machine_facts": {"cpu": CPU}, "executor": "docker"}
    old = findings(1, places={"3.9": {"engine": "28.1"}}, **facts)
    new = findings(2, places={"3.11": {"engine": "28.2"}}, **facts)
    found, alike = compare(old, new), likeness(old.runs, new.runs)
    assert alike.conditions == ("engine",)
    assert len(set(alike.environments)) == 2
    assert {one.marks for one in found.cells} == {("other environment",)}
