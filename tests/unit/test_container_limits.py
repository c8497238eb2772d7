import pytest

from runner.executors.limits import broken, cores, options, shown
from runner.model import Limits

LIMITS = Limits(cpuset="0-1", memory=2 * 1024**3, shm_size=256 * 1024**2, pids=512)
SEEN = {
    "cores": "0,1",
    "memory_bytes": "2147483648",
    "swap_bytes": "0",
    "shm_bytes": "268435456",
    "pids": "512",
    "cpu_quota": "-1",
    "uid": "65534",
    "interfaces": "lo",
    "writable_mounts": "none",
    "ipc_namespace": "ipc:[4026532450]",
    "root_writable": "no",
    "tmp_writable": "yes",
    "docker_socket": "no",
    "capabilities": "0000000000000000",
    "no_new_privileges": "1",
    "process_1": "docker-init",
}


def test_limits_that_hold_are_not_broken() -> None:
    assert broken(LIMITS, SEEN) == ""


@pytest.mark.parametrize(
    ("fact", "value", "told"),
    [
        ("cores", "0,1,2", "cpuset: asked 0-1, seen 0,1,2"),
        ("memory_bytes", "9223372036854771712", "memory: asked 2147483648, seen 92233"),
        ("memory_bytes", "max", "memory: asked 2147483648, seen max"),
        ("swap_bytes", "1073741824", "swap: asked 0, seen 1073741824"),
        ("swap_bytes", "max", "swap: asked 0, seen max"),
        ("writable_mounts", "/data,/srv", "writable mounts: asked none, seen /data,/srv"),
        ("ipc_namespace", "ipc:[4026531839]", "private IPC: asked yes, seen ipc:[4026531839]"),
        ("shm_bytes", "67108864", "shm_size: asked 268435456, seen 67108864"),
        ("pids", "max", "pids: asked 512, seen max"),
        ("cpu_quota", "50000", "cpu quota: asked none, seen 50000"),
        ("cpu_quota", "50000 100000", "cpu quota: asked none, seen 50000 100000"),
        ("uid", "0", "user: asked 65534, seen 0"),
        ("interfaces", "eth0,lo", "network: asked lo, seen eth0,lo"),
        ("root_writable", "yes", "writable root: asked no, seen yes"),
        ("tmp_writable", "no", "writable /tmp: asked yes, seen no"),
        ("docker_socket", "yes", "engine's socket: asked no, seen yes"),
        ("capabilities", "00000000a80425fb", "capabilities: asked none, seen 00000000a80425fb"),
        ("no_new_privileges", "0", "no new privileges: asked 1, seen 0"),
        ("process_1", "python3.14", "init: asked yes, seen python3.14"),
    ],
)
def test_a_limit_that_the_engine_ignores_is_named(fact: str, value: str, told: str) -> None:
    assert broken(LIMITS, {**SEEN, fact: value}).startswith(told)


@pytest.mark.parametrize("fact", SEEN)
def test_a_limit_that_cannot_be_seen_does_not_count_as_kept(fact: str) -> None:
    unseen = {name: value for name, value in SEEN.items() if name != fact}

    assert "seen unknown" in broken(LIMITS, unseen)


def test_limits_of_the_second_cgroup_version_hold() -> None:
    assert broken(LIMITS, {**SEEN, "cpu_quota": "max 100000"}) == ""


def test_what_is_not_limited_is_not_checked() -> None:
    free = Limits(cpuset=None, memory=None, shm_size=256 * 1024**2, pids=512)

    assert broken(free, {**SEEN, "cores": "0,1,2,3", "memory_bytes": "max"}) == ""
    assert shown(free)["limit_cpuset"] == "none"


@pytest.mark.parametrize(
    ("text", "found"), [("0", {0}), ("0-2,5", {0, 1, 2, 5}), ("1,3", {1, 3}), ("", set())]
)
def test_cores_are_read_from_lists_and_spans(text: str, found: set[int]) -> None:
    assert cores(text) == found


def test_no_option_is_a_quota_or_opens_the_host() -> None:
    asked = options(LIMITS)

    assert not {"cpu_quota", "cpu_period", "nano_cpus", "volumes", "mounts", "privileged"} & {
        *asked
    }
    assert asked["mem_limit"] == asked["memswap_limit"] == 2 * 1024**3
    assert asked["cap_drop"] == ["ALL"]
    assert asked["network_mode"] == "none"
    assert asked["log_config"].type == "none"
