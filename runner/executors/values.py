"""Model values out of the protocol's objects, each field checked."""

from runner.executors.fields import (
    Fields,
    any_number,
    flag,
    mapping,
    number,
    reject,
    sequence,
    text,
    whole,
)
from runner.model import Capabilities, ProbeAnswer, Record, Rule, Status

PROTOCOL = 1
ANSWERS = ("yes", "no", "hang", "unsupported", "error")
"""What a probe can answer."""
MEASURED = (
    Status.OK,
    Status.UNSUPPORTED,
    Status.FAILED,
    Status.CRASHED,
    Status.TIMEOUT,
    Status.OOM,
    Status.CORRUPT,
)
"""What a harness can say of a trial; the others are said by those who plan and execute."""


def same_protocol(fields: Fields) -> None:
    """Take the protocol out of `fields`; raise MismatchError where it is not ours."""
    spoken = fields.whole("protocol")
    if spoken != PROTOCOL:
        reject(f"the harness speaks protocol {spoken}, this program protocol {PROTOCOL}")


def read_record(value: object) -> Record:
    """Return the record of a RECORD object; raise MismatchError."""
    fields = Fields(value, "record")
    record = Record(
        status=_status(fields),
        detail=fields.text("detail"),
        messages=fields.whole("messages"),
        seconds=fields.maybe_number("seconds"),
        producer_seconds=fields.maybe_number("producer_seconds"),
        joined_seconds=fields.maybe_number("joined_seconds"),
        cpu_user_seconds=fields.maybe_number("cpu_user_seconds"),
        cpu_system_seconds=fields.maybe_number("cpu_system_seconds"),
        voluntary_switches=fields.maybe_whole("voluntary_switches"),
        involuntary_switches=fields.maybe_whole("involuntary_switches"),
        peak_rss_kib=fields.maybe_whole("peak_rss_kib"),
        wall_seconds=fields.maybe_number("wall_seconds"),
        per_worker=fields.sequence("per_worker", whole),
        latency=fields.mapping("latency", number),
        quarter_seconds=_quarters(fields),
        facts=fields.mapping("facts", text),
    )
    fields.finish()
    if record.status is Status.OK and not record.seconds:
        reject("record is ok, but has no seconds")
    return record


def _quarters(fields: Fields) -> tuple[float, ...]:
    name = "quarter_seconds"
    found = fields.sequence(name, number)
    if found and (len(found) != 4 or list(found) != sorted(found)):
        reject(f"record.{name} is {list(found)}, neither empty nor four that rise")
    return found


def _status(fields: Fields) -> Status:
    name = fields.text("status")
    if name not in MEASURED:
        reject(f"record.status is {name!r}, not one of {', '.join(MEASURED)}")
    return Status(name)


def read_probe(value: object) -> ProbeAnswer:
    """Return the answer to a probe; raise MismatchError."""
    fields = Fields(value, "probe")
    answer = fields.text("answer")
    if answer not in ANSWERS:
        reject(f"probe.answer is {answer!r}, not one of {', '.join(ANSWERS)}")
    told = ProbeAnswer(answer, fields.text("detail"), fields.mapping("figures", any_number))
    fields.finish()
    return told


def read_capabilities(value: object) -> Capabilities:
    """Return what an answer to `describe` says; raise MismatchError."""
    fields = Fields(value, "describe")
    same_protocol(fields)
    capabilities = Capabilities(
        version=fields.text("version"),
        implementation=fields.text("implementation"),
        transports=fields.mapping("transports", text),
        payloads=fields.mapping("payloads", text),
        topologies=fields.mapping("topologies", text),
        start_methods=fields.mapping("start_methods", text),
        placements=fields.mapping("placements", text),
        probes=fields.mapping("probes", text),
        default_start_method=fields.text("default_start_method"),
        rules=fields.sequence("rules", _rule),
        facts=fields.mapping("facts", text),
        parameters=_parameters(fields),
        summaries=fields.mapping("summaries", mapping(text)),
        shared=fields.mapping("shared", flag),
    )
    fields.finish()
    return capabilities


def _parameters(fields: Fields) -> dict[str, str]:
    """Return what the parameter of each name means, for the names that take one."""
    by_axis = fields.mapping("parameters", mapping(text))
    return {name: said for names in by_axis.values() for name, said in names.items() if said}


def _rule(value: object, where: str) -> Rule:
    fields = Fields(value, where)
    names = fields.mapping("names", sequence(text))
    span = fields.take("workers")
    rule = Rule(names, None if span is None else _span(span, where), fields.text("reason"))
    fields.finish()
    return rule


def _span(value: object, where: str) -> tuple[int, int]:
    span = sequence(whole)(value, f"{where}.workers")
    if len(span) != 2 or span[0] > span[1]:
        reject(f"{where}.workers is {list(span)}, not [least, most]")
    return span[0], span[1]
