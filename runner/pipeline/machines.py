"""The machines of a run on a cluster, what they are given, and what their spools hold."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.cluster import meeting
from runner.errors import BadInputError
from runner.report import figures
from runner.runfolder.copies import PartCopy
from runner.runfolder.head import CELLS, PROBES, RUN

LACKING = ("lost", "refused")
"""States of a machine that may come back."""
BUSY = ("fetching", "planning", "measuring")
"""States of a machine from which something is to come."""
ATTEMPTS = 3
"""How often a share is begun."""


@dataclass(slots=True)
class Share:
    """What a machine measures in one session: ids of blocks, None for all; seconds are a guess.

    `state` is waiting, given, ended or failed.
    """

    blocks: list[str] | None
    seconds: float = 0.0
    owner: str = ""
    attempts: int = 0
    state: str = "waiting"

    def give_back(self, *, begun: bool = True) -> None:
        """Let it wait for a machine again; where it was `begun` ATTEMPTS times, it has failed."""
        self.state = "failed" if begun and self.attempts >= ATTEMPTS else "waiting"
        self.attempts -= not begun


@dataclass(slots=True)
class Machine:
    """A machine of the run, under its name.

    `state` is fetching, idle, planning, measuring, refused, lost, done or unfit; `why` says more of
    it. `address` is empty while no worker of it is there; its clock is `ahead` seconds ahead of
    ours. Of the task that it was given last, `end` is the last line, and `fresh` are
    the rounds that came and that we did not have.
    """

    name: str
    copy: PartCopy
    address: str = ""
    boot: str = ""
    turn: str = ""
    ahead: float = 0.0
    state: str = "idle"
    why: str = ""
    since: float = 0.0
    plan: Mapping[str, Any] | None = None
    share: Share | None = None
    future: Any = None
    key: str = ""
    end: Mapping[str, Any] | None = None
    fresh: int = 0
    used: float = 0.0
    heard: Mapping[str, Any] = field(default_factory=dict)
    ends: list[Mapping[str, Any]] = field(default_factory=list)
    losses: int = 0

    def turn_to(self, state: str, why: str = "") -> None:
        """Enter a state."""
        self.state, self.why, self.since = state, why, time.monotonic()

    def begin_task(self, key: str) -> None:
        """Forget what the last task sent: `key` is that of the next."""
        self.key, self.heard, self.end, self.fresh = key, {}, None, 0

    @property
    def answered(self) -> bool:
        """Whether what it was given has ended."""
        return self.future is not None and self.future.done()

    @property
    def away(self) -> float:
        """The seconds since it was lost or refused to measure."""
        return time.monotonic() - self.since

    @property
    def line(self) -> str:
        """What it does, and how far it is."""
        heard = self.heard if self.state == "measuring" else {}
        what = self.why.partition(" (")[0].partition(":")[0] or str(heard.get("what", ""))
        rounds = figures.count(self.copy.ledger.count, "round")
        parts = [str(heard.get("state", self.state)), rounds, what]
        return f"{self.name}: {', '.join(one for one in parts if one)}"

    def as_json(self) -> dict[str, Any]:
        """Return what became of it."""
        return {
            "machine": self.name,
            "state": self.state,
            "why": self.why,
            "rounds": self.copy.ledger.count,
            "losses": self.losses,
            "seconds": round(self.used, 3),
        }


def plan_of(message: Mapping[str, Any], machines: Iterable[Machine]) -> Mapping[str, Any]:
    """Return the plan that a machine sent, unpacked; what equals another's is kept once."""
    for known in (one.plan for one in machines if one.plan):
        if known["blocks"] == message["blocks"]:
            return {**message, **{name: known[name] for name in ("blocks", "groups", "needs")}}
    return {**message, **json.loads(meeting.unpacked(message["blocks"]))}


def fetch(ask: Callable[..., Any], copy: PartCopy) -> int:
    """Bring our copy of a part to what the machine's spool holds; return the rounds it lacked.

    BadInputError where the spool is not the one with which the part began.
    """

    def file(name: str, begin: int = 0, digest: str = "") -> tuple[int, Iterator[bytes]] | None:
        answer = ask(meeting.spooled, copy.part, name, begin, digest)
        return None if answer["size"] < 0 else (answer["begin"], pieces(name, answer))

    def pieces(name: str, answer: Any) -> Iterator[bytes]:
        at, size = answer["begin"], answer["size"]
        while data := meeting.unpacked(answer["data"]):
            yield data
            at += len(data)
            if at >= size:
                return
            answer = ask(meeting.spooled, copy.part, name, at, "")

    def whole(name: str) -> bytes | None:
        found = file(name)
        return b"".join(found[1]) if found else None

    run = whole(RUN)
    if run is None:
        if not copy.begun:
            return 0
        message = (
            f"its spool has no {copy.part} any more: give it back the spool with which the run "
            "began, or begin a new run"
        )
        raise BadInputError(message)
    if not copy.begun:
        copy.begin(run.decode(), whole(CELLS) or b"")
    trials = file(f"trials/{copy.machine}.csv", *copy.state())
    lacking = copy.take(run.decode(), *trials) if trials else 0
    if probes := whole(PROBES):
        copy.add(PROBES, probes)
    return lacking
