import json

import pytest

from runner.executors import wire
from runner.model import Cell, ProbeAnswer, Record, RegistryEntry, Status, SupportRule, Trial

RECORD: dict[str, object] = {
    "status": "ok",
    "detail": "",
    "messages": 20000,
    "seconds": 0.08,
    "send_seconds": 0.05,
    "join_seconds": 0.09,
    "cpu_user_seconds": 0.1,
    "cpu_system_seconds": 0.02,
    "voluntary_switches": 12,
    "involuntary_switches": None,
    "peak_rss_kib": 11000,
    "peak_rss_sum_kib": 21000,
    "wall_seconds": 0.2,
    "per_worker": [5000, 15000],
    "latency": {"p50": 1e-05, "max": 0.002},
    "quarter_seconds": [0.02, 0.04, 0.0605, 0.08],
    "bound_to": "0/1;1",
    "facts": {"capacity": "65536"},
}
DESCRIPTION: dict[str, object] = {
    "version": "2.7.18",
    "implementation": "CPython",
    "transports": {"pipe": "", "simple_queue": "no multiprocessing.SimpleQueue"},
    "payloads": {"int": ""},
    "topologies": {"one_to_one": ""},
    "start_methods": {"fork": "", "spawn": "Python 2.7 has fork alone"},
    "placements": {"free": ""},
    "probes": {"join_before_drain": ""},
    "default_start_method": "fork",
    "rules": [
        {"names": {"transport": ["pipe"]}, "workers": [2, 64], "reason": "two ends"},
        {"names": {"topology": ["fan_in"]}, "workers": None, "reason": "no wait"},
    ],
    "facts": {"libc": "glibc 2.36"},
    "registry": {
        "transport": [
            {"name": "pipe", "label": "Pipe", "summary": "a duplex pipe", "role": "objects"},
            {"name": "queue", "label": "Queue", "summary": "", "role": "objects", "shared": True},
        ],
        "payload": [
            {"name": "str", "label": "str", "summary": "", "parameter": "n", "item_bytes": 1},
            {"name": "int", "label": "int", "summary": "", "item_bytes": None},
        ],
    },
}


def line(value: object) -> bytes:
    return json.dumps(value).encode()


def record_of(record: object) -> Record:
    answer = wire.decode(line({"id": "7", "trial": 0, "record": record}))
    assert isinstance(answer, wire.TrialDone)
    return answer.record


def test_a_record_keeps_every_value() -> None:
    answer = wire.decode(line({"id": "7", "trial": 3, "record": RECORD}))
    assert answer == wire.TrialDone(
        "7",
        3,
        Record(
            status=Status.OK,
            messages=20000,
            seconds=0.08,
            send_seconds=0.05,
            join_seconds=0.09,
            cpu_user_seconds=0.1,
            cpu_system_seconds=0.02,
            voluntary_switches=12,
            involuntary_switches=None,
            peak_rss_kib=11000,
            peak_rss_sum_kib=21000,
            wall_seconds=0.2,
            per_worker=(5000, 15000),
            latency={"p50": 1e-05, "max": 0.002},
            quarter_seconds=(0.02, 0.04, 0.0605, 0.08),
            bound_to="0/1;1",
            facts={"capacity": "65536"},
        ),
    )


def test_capabilities_keep_reasons_and_rules() -> None:
    answer = wire.decode(line({"describe": DESCRIPTION}))
    assert isinstance(answer, wire.Described)
    told = answer.capabilities
    assert (told.version, told.implementation) == ("2.7.18", "CPython")
    assert told.transports["simple_queue"] == "no multiprocessing.SimpleQueue"
    assert told.registry["transport"] == (
        RegistryEntry("pipe", "Pipe", "a duplex pipe", role="objects"),
        RegistryEntry("queue", "Queue", "", role="objects", shared=True),
    )
    assert told.registry["payload"] == (
        RegistryEntry("str", "str", "", "n", item_bytes=1),
        RegistryEntry("int", "int", ""),
    )
    assert told.rules == (
        SupportRule({"transport": ("pipe",)}, (2, 64), "two ends"),
        SupportRule({"topology": ("fan_in",)}, None, "no wait"),
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"ready": True, "protocol": 2, "pid": 4711}, wire.Ready(4711)),
        ({"id": "7", "end": True}, wire.RunDone("7")),
        (
            {"id": "8", "probe": {"answer": "hang", "detail": "d", "figures": {"s": -1.5}}},
            wire.Probed("8", ProbeAnswer("hang", "d", {"s": -1.5})),
        ),
        ({"facts": {"cpus": "0-1"}}, wire.FactsRead({"cpus": "0-1"})),
        ({"id": None, "error": "no op"}, wire.Refused("", "no op")),
        ({"error": "no op"}, wire.Refused("", "no op")),
        ({"id": "9", "error": "no op"}, wire.Refused("9", "no op")),
    ],
)
def test_each_answer_has_its_value(said: object, meant: wire.Answer) -> None:
    assert wire.decode(line(said)) == meant


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"status": "planned"}, "record.status is planned"),
        ({"status": "fast"}, "record.status: Input should be"),
        ({"seconds": None}, "ok, but has no seconds"),
        ({"seconds": 0}, "ok, but has no seconds"),
        ({"seconds": -0.1}, "record.seconds: Input should be greater than or equal to 0"),
        ({"seconds": "0.1"}, "record.seconds: Input should be a valid number"),
        ({"messages": 1.5}, "record.messages: Input should be a valid integer"),
        ({"messages": True}, "record.messages: Input should be a valid integer"),
        ({"messages": None}, "record.messages: Input should be a valid integer"),
        ({"messages": 10**30}, "record.messages: Input should be less than"),
        ({"per_worker": [1, "2"]}, "record.per_worker.1: Input should be a valid integer"),
        ({"per_worker": 3}, "record.per_worker: Input should be a valid"),
        ({"quarter_seconds": None}, "record.quarter_seconds: Input should be a valid"),
        ({"quarter_seconds": [1, 2, 3]}, "[1.0, 2.0, 3.0], neither empty nor four that rise"),
        ({"quarter_seconds": [1, 3, 2, 4]}, "[1.0, 3.0, 2.0, 4.0], neither empty nor four"),
        ({"latency": {"p50": None}}, "record.latency.p50"),
        ({"facts": {"a": 1}}, "record.facts.a: Input should be a valid string"),
        ({"facts": []}, "record.facts"),
        ({"colour": "red"}, "record.colour"),
    ],
)
def test_a_wrong_record_is_rejected_by_name(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(wire.WireError) as caught:
        record_of({**RECORD, **change})
    assert complaint in str(caught.value)


def test_a_record_that_is_not_ok_needs_no_seconds() -> None:
    record = record_of({**RECORD, "status": "timeout", "seconds": None})
    assert record.status is Status.TIMEOUT
    assert record.seconds is None


@pytest.mark.parametrize("name", sorted(set(DESCRIPTION) - {"registry"}))
def test_no_field_of_a_description_may_be_missing(name: str) -> None:
    short = {key: value for key, value in DESCRIPTION.items() if key != name}
    with pytest.raises(wire.WireError, match=f"{name}: Field required"):
        wire.decode(line({"describe": short}))


@pytest.mark.parametrize("name", ["start_methods", "placements"])
def test_no_field_of_the_names_may_be_missing(name: str) -> None:
    fields = ("start_methods", "placements", "registry")
    whole = {key: DESCRIPTION[key] for key in fields}
    assert wire.decode_names(line(whole)).registry["transport"][0].name == "pipe"
    del whole[name]
    with pytest.raises(wire.WireError, match=f"{name}: Field required"):
        wire.decode_names(line(whole))


def test_another_protocol_is_refused() -> None:
    with pytest.raises(wire.WireError, match="speaks protocol 1, this program 2"):
        wire.decode(line({"ready": True, "protocol": 1, "pid": 1}))


@pytest.mark.parametrize("span", [[1], [3, 2], [1, 2, 3], "1-2", [0, None]])
def test_a_rule_needs_a_span_of_workers(span: object) -> None:
    rule = {"names": {}, "workers": span, "reason": "r"}
    with pytest.raises(wire.WireError, match=r"rules\.0\.workers"):
        wire.decode(line({"describe": {**DESCRIPTION, "rules": [rule]}}))


@pytest.mark.parametrize(
    "garbage",
    [
        b"Fatal Python error: oops",
        b"",
        b"[1]",
        b'"text"',
        b"{}",
        b'{"id": "7"}',
        b'{"id": 7, "end": true}',
        b'{"id": "7", "end": false}',
        b'{"id": "7", "end": true, "more": 1}',
        b'{"facts": {"a": NaN}}',
        b'{"facts": {"a": "\xff"}}',
        b"[" * 100_000,
        b'{"id": "7", "end": true',
    ],
)
def test_what_is_not_of_the_protocol_is_an_error_that_shows_it(garbage: bytes) -> None:
    with pytest.raises(wire.WireError) as caught:
        wire.decode(garbage)
    shown = garbage[:40].decode("ascii", errors="backslashreplace")
    assert repr(shown)[1:-1].replace("\\\\", "\\") in str(caught.value).replace("\\\\", "\\")
    assert len(str(caught.value)) < 500


def test_a_request_to_run_names_every_axis_but_python() -> None:
    cell = Cell("3.11", "queue", "str:100", "fan_out", 4, "spawn", "apart", "10000")
    trial = Trial(cell, messages=10000, warmup=1000, verify=50, timeout=7.5, fault="worker:exit")
    request = wire.encode_run("7", "fresh", [trial])
    assert request.endswith(b"\n")
    assert request.count(b"\n") == 1
    assert json.loads(request) == {
        "op": "run",
        "id": "7",
        "invocation": "fresh",
        "trials": [
            {
                "transport": "queue",
                "payload": "str:100",
                "topology": "fan_out",
                "workers": 4,
                "start_method": "spawn",
                "placement": "apart",
                "messages": 10000,
                "warmup": 1000,
                "verify": 50,
                "timeout": 7.5,
                "fault": "worker:exit",
            }
        ],
    }


def test_the_other_requests_are_lines() -> None:
    assert wire.encode_describe() == b'{"op": "describe"}\n'
    assert wire.encode_facts() == b'{"op": "facts"}\n'
    assert wire.encode_exit() == b'{"op": "exit"}\n'
    assert json.loads(wire.encode_probe("8", "join", 2.5)) == {
        "op": "probe",
        "id": "8",
        "name": "join",
        "timeout": 2.5,
    }
