"""Workers of a cluster that are new to a run: who they are, and which of them it takes."""

import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import metadata
from typing import Any, NamedTuple

from runner import __version__
from runner.cluster import meeting
from runner.cluster.connection import Failed, Link
from runner.model.parts import MACHINE, PROTOCOL
from runner.pipeline.machines import Machine
from runner.shipped import harness_digest

AGAIN_AFTER = 60.0
"""Seconds after which a worker that was refused, or a machine that refused, is asked again."""
BUSY_AGAIN = 5.0
"""Seconds after which one that measures for another run is asked again."""
ANSWER_WITHIN = 20.0
"""Seconds for a call that costs nothing; a frozen worker never answers."""


class Refusal(NamedTuple):
    """Why a worker is not taken, and the seconds after which it is asked again."""

    why: str
    again: float = math.inf


class Newcomers:
    """Asks new workers who they are; `say_once` reports those that are refused."""

    def __init__(self, say_once: Callable[[str], None]) -> None:
        self._say_once = say_once
        self._asked: dict[str, float] = {}
        self._refused: dict[str, float] = {}

    def forget(self) -> None:
        """Start afresh, with the workers of another scheduler."""
        self._asked.clear()
        self._refused.clear()

    def look(self, link: Link, there: Mapping[str, bool], known: Iterable[str]) -> None:
        """Ask every worker that is `there` and not `known`; the answers come into the inbox.

        `there` says of each address whether it offers a slot.
        """
        now = time.monotonic()
        for address, asked in list(self._asked.items()):
            if address not in there:
                del self._asked[address]
            elif now - asked > ANSWER_WITHIN:
                self._refuse(address, Refusal("it does not answer", AGAIN_AFTER))
        for address, has_slot in sorted(there.items()):
            if not has_slot:
                self._say_once(
                    f"{address}: offers no slot, so nothing is measured there: start it by "
                    "`ipcmatrix worker`, or with --resources slot=1"
                )
            elif address not in {*known, *self._asked} and self._refused.get(address, 0.0) <= now:
                self._asked[address] = now
                link.later("hello", address, partial(hello, link, address))

    def admits(self, address: str, answer: Any, machines: Iterable[Machine]) -> bool:
        """Return whether a worker that answered is taken; `machines` are those of the run."""
        if self._asked.pop(address, None) is None:
            return False
        refusal = refusal_of(address, answer, machines)
        if refusal is not None:
            self._refuse(address, refusal)
        return refusal is None

    def _refuse(self, address: str, refusal: Refusal) -> None:
        self._asked.pop(address, None)
        self._refused[address] = time.monotonic() + refusal.again
        self._say_once(f"{address}: {refusal.why}")


def hello(link: Link, address: str) -> Mapping[str, Any]:
    """Return who a worker is, and by how many seconds its clock is `ahead` of ours."""
    found: dict[str, Any] = link.ask(address, meeting.hello)
    before = time.time()
    there = link.ask(address, meeting.clock)
    return {**found, "ahead": there - (before + time.time()) / 2}


def refusal_of(address: str, found: Any, machines: Iterable[Machine]) -> Refusal | None:
    """Return why a worker does not fit beside these machines, or None; `found` is its answer."""
    if isinstance(found, Failed):
        return Refusal(found.why, AGAIN_AFTER)
    ours = {
        "protocol": PROTOCOL,
        "version": __version__,
        "distributed": metadata.version("distributed"),
        "harness": harness_digest(),
    }
    for what, value in ours.items():
        if found.get(what) != value:
            other, own = (str(one)[:12] for one in (found.get(what), value))
            return Refusal(
                f"{found.get('machine')} has another {what} ({other}, here {own}): pip install "
                f"'ipcmatrix[cluster]=={__version__}' there"
            )
    name, boot, turn = (str(found[one]) for one in ("machine", "boot", "turn"))
    if not re.fullmatch(MACHINE, name):
        return Refusal(f"--machine {name!r} cannot name a file")
    for known in machines:
        if not known.address or known.address == address:
            continue
        if known.name == name and known.boot != boot:
            return Refusal(
                f"two machines have the id {name}, here and at {known.address}: start both with "
                "--machine boot",
                AGAIN_AFTER,
            )
        if known.name == name or (known.boot == boot and not (known.turn and turn)):
            return Refusal(
                f"{name} is on one kernel with {known.name} at {known.address}: two workers "
                "would disturb each other: end one, or give both --share-kernel NAME",
                AGAIN_AFTER,
            )
    if found["busy"]:
        return Refusal(f"{name} is busy with another run", BUSY_AGAIN)
    return None
