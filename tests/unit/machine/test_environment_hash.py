"""The environment's id: what changes timing changes it, and nothing else does."""

from typing import Any

import pytest

from runner.machine.facts import machine
from runner.model.environment_hash import environment_hash_of, id_of_interpreter

ENGINE = {"engine": "28.1", "engine_address": "unix:///a", "engine_storage": "overlay2"}
PLACE = {**ENGINE, "image_digest": "sha256:1", "cpu_stat": "nr_periods 5", "path": "/a"}
RUN: dict[str, Any] = {
    "machine": "m1",
    "executor": "docker",
    "machine_facts": {
        "cpu": {"microcode": "0x1", "governor": "performance", "mhz": "2500.1"},
        "kernel": {"release": "6.1", "cmdline": "none"},
        "clock": {"source": "tsc", "smallest_step": "7e-08"},
        "tool": {"commit": "abc"},
    },
    "places": {"3.11": PLACE},
    "interpreters": {"3.11": {"version": "3.11.7", "environment_size": "204"}},
}


def other(part: str, subject: str, **facts: str) -> dict[str, Any]:
    """Return the run with other facts of one subject."""
    section = RUN[part]
    return {**RUN, part: {**section, subject: {**section.get(subject, {}), **facts}}}


@pytest.mark.parametrize(
    "run",
    [
        {**RUN, "machine": "m2"},
        {**RUN, "executor": "local"},
        other("machine_facts", "cpu", governor="powersave"),
        other("machine_facts", "cpu", microcode="0x2"),
        other("machine_facts", "kernel", release="6.2"),
        other("machine_facts", "kernel", cmdline="nosmt"),
        other("machine_facts", "memory", swap_kib="1"),
        other("machine_facts", "ipc", pipe_max_bytes="1"),
        other("machine_facts", "cgroup", cpu_max="50000 100000"),
        other("places", "3.11", engine="28.2"),
    ],
)
def test_another_environment_has_another_id(run: dict[str, Any]) -> None:
    assert len(environment_hash_of(run)) == 12
    assert environment_hash_of(run) != environment_hash_of(RUN)


@pytest.mark.parametrize(
    "run",
    [
        {**RUN, "run": "r2", "stretches": [{"before": {"load": "9"}}], "sessions": []},
        other("machine_facts", "cpu", mhz="3700.0"),
        other("machine_facts", "clock", smallest_step="8e-08"),
        other("machine_facts", "tool", commit="def"),
        other("places", "3.11", engine_address="unix:///b", cpu_stat="nr_periods 9"),
        other("places", "3.12", **ENGINE, image_digest="sha256:2"),
        other("interpreters", "3.12", version="3.12.1"),
    ],
)
def test_what_passes_and_which_interpreters_are_measured_is_not_part_of_it(
    run: dict[str, Any],
) -> None:
    assert environment_hash_of(run) == environment_hash_of(RUN)


def test_an_interpreter_s_id_goes_by_its_build_and_image() -> None:
    mine = id_of_interpreter(RUN, "3.11")
    assert id_of_interpreter(other("interpreters", "3.11", version="3.11.9"), "3.11") != mine
    assert id_of_interpreter(other("places", "3.11", image_digest="sha256:2"), "3.11") != mine
    assert id_of_interpreter(other("interpreters", "3.11", environment_size="9"), "3.11") == mine
    assert id_of_interpreter(other("interpreters", "3.12", version="3.12.1"), "3.11") == mine


def test_an_older_run_without_facts_has_none() -> None:
    assert environment_hash_of({"machine": "m1", "executor": "local"}) == ""


def test_this_machine_is_the_same_environment_when_asked_again() -> None:
    first, second = ({"machine": "m", "machine_facts": machine()} for _ in range(2))
    assert environment_hash_of(first) == environment_hash_of(second)
