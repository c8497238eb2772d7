"""Shards of a plan: which blocks a machine measures, and how far it helps to have several."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from runner import measure
from runner.errors import BadInputError
from runner.model import Matrix, Plan
from runner.plan.shards import Shard, digest, groups, shards, speed_up, useful
from runner.runfolder.head import RUN, read_head


class Chosen(NamedTuple):
    """The requested shard: `number` of `of`, from 1."""

    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A plan spread over machines: its groups of blocks with their seconds, and its shards.

    `digest` is that of its blocks; `useful` is the number of machines above which no more of them
    help, and how many times as fast as one they are.
    """

    digest: str
    grouped: Sequence[Sequence[str]]
    seconds: Sequence[float]
    shards: Sequence[Shard]
    speed_up: float
    useful: tuple[int, float]


def chosen_shard(shard: str | None, index: int | None, count: int | None) -> Chosen | None:
    """Return the shard that the flags name; BadInputError says how they are written."""
    if shard is None and index is None:
        if count is not None:
            message = "--shards N says how many there are: name one with --shard I/N"
            raise BadInputError(message)
        return None
    if shard is not None:
        if index is not None or count is not None:
            message = "--shard I/N (from 1) and --shard-index I --shards N (from 0): give one"
            raise BadInputError(message)
        found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", shard)
        number, of = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= of:
            message = f"--shard {shard!r}: is not I/N with I from 1 to N, such as 3/8"
            raise BadInputError(message)
        return Chosen(number, of)
    if index is None or count is None:
        message = "--shard-index I needs --shards N, as in --shard-index 2 --shards 8"
        raise BadInputError(message)
    if index >= count:
        message = f"--shard-index {index}: with --shards {count} it is 0 to {count - 1}"
        raise BadInputError(message)
    return Chosen(index + 1, count)


def spread(plan: Plan, matrix: Matrix, count: int = 1) -> Spread:
    """Return the plan's groups of blocks, spread over so many machines."""
    free = replace(matrix.measure, budget=None, sessions=1)
    grouped, seconds = [], []
    for group in groups(plan.blocks):
        grouped.append([block.id for block in group])
        seconds.append(measure.estimate(replace(plan, blocks=group), free))
    found = shards(grouped, seconds, count)
    return Spread(
        digest(block for group in grouped for block in group),
        grouped,
        seconds,
        found,
        speed_up(found),
        useful(grouped, seconds),
    )


def restricted(plan: Plan, blocks: Sequence[str]) -> Plan:
    """Return the plan with some of its blocks."""
    wanted = set(blocks)
    return replace(plan, blocks=[block for block in plan.blocks if block.id in wanted])


def planned_shard(plan: Plan, matrix: Matrix, chosen: Chosen) -> tuple[Plan, dict[str, Any]]:
    """Return the plan of a shard, and what run.json says of it."""
    found = spread(plan, matrix, chosen.of)
    blocks = [block for one in found.shards if one.number == chosen.number for block in one.blocks]
    return restricted(plan, blocks), {
        "number": chosen.number,
        "of": chosen.of,
        "filled": len(found.shards),
        "plan": found.digest,
    }


def shard_of(folder: Path, chosen: Chosen | None) -> Chosen | None:
    """Return the shard that a run began with; BadInputError if another one is requested."""
    began = read_head(folder).get("shard")
    own = Chosen(began["number"], began["of"]) if began else None
    if chosen is not None and chosen != own:
        is_one = f"of shard {own.number}/{own.of}" if own else "no shard"
        message = f"--resume {folder}: the run is {is_one}: leave --shard out, or begin a new run"
        raise BadInputError(message)
    return own


def check_same_shard(folder: Path, now: Mapping[str, Any] | None) -> None:
    """Raise BadInputError where the plan has other blocks than when the run's shard began."""
    then = read_head(folder).get("shard")
    if then and now and then["plan"] != now["plan"]:
        message = (
            f"{folder}: the plan has other blocks than when the shard began (digest was "
            f"{then['plan']}, is {now['plan']}): measure with the same interpreters, or begin a "
            "new run"
        )
        raise BadInputError(message)


def begun(out: Path, head: Mapping[str, Any]) -> tuple[Path | None, list[str]]:
    """Return the newest run in `out` to continue, and the ids of those of other machines.

    `head` is the run's future run.json: a run continues if the matrix's text, profile, study,
    --only, --skip, the files of the user's own (--payload), shard and machine are the same.
    """
    own, others = None, []
    for path in sorted(out.glob(f"*/{RUN}")):
        try:
            found = read_head(path.parent)
        except BadInputError:
            continue
        if _same(found) != _same(head):
            continue
        if found["machine"] == head["machine"]:
            own = path.parent
        else:
            others.append(str(found["run"]))
    return own, others


def _same(head: Mapping[str, Any]) -> list[object]:
    matrix, shard = head["matrix"], dict(head.get("shard") or {})
    shard.pop("replaces", None)
    chosen = [
        {axis: list(values) for axis, values in matrix.get(flag, {}).items()}
        for flag in ("only", "skip")
    ]
    named = [matrix.get(name) for name in ("sha256", "profile", "study")]
    return [*named, *chosen, head.get("files") or [], shard]
