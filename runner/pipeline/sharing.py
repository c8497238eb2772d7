"""The shares of a run on a cluster: the blocks of each, and which one a machine measures next."""

import time
from collections.abc import Iterable, Mapping, Sequence

from runner import output
from runner.model import Cluster
from runner.pipeline.machines import BUSY, LACKING, Machine, Share
from runner.plan.shards import shards
from runner.report import figures
from runner.runfolder.copies import PartCopy, owners

ELSEWHERE_AFTER = 60.0
"""Seconds after which another may have a lost machine's share; `cluster.wait` if that is less."""


class Shares:
    """The shares of a run; of a replicated one each machine has one, of all blocks.

    `machines` are those of the run by name, as its driver keeps them.
    """

    def __init__(self, settings: Cluster, machines: Mapping[str, Machine]) -> None:
        self.all: list[Share] = []
        self.replicated = settings.spread == "replicate"
        self._seconds, self._wait = settings.share, settings.wait
        self._machines = machines
        self._needs: Mapping[str, list[str]] = {}
        self._builds: Mapping[str, str] = {}
        self._began = time.monotonic()

    @property
    def waiting(self) -> list[Share]:
        """The shares that no machine has yet, or any more."""
        return [one for one in self.all if one.state == "waiting"]

    def make(self, there: Sequence[Machine], copies: Iterable[PartCopy]) -> None:
        """Make shares of the blocks that all of these measure alike; say what is left out.

        `copies` are those of all machines that have begun, also of those that are not there.
        """
        plans = [one.plan or {} for one in there]
        first = plans[0]
        differ = {
            python
            for plan in plans
            for python in {*plan["pythons"], *first["pythons"]}
            if plan["pythons"].get(python) != first["pythons"].get(python)
        }
        for python in sorted(differ):
            builds = ", ".join(
                f"{one.name} {plan['pythons'].get(python, 'lacks it')}"
                for one, plan in zip(there, plans, strict=True)
            )
            output.say(f"left out: Python {python} is not the same build everywhere ({builds})")
        common = {
            block
            for block, pythons in first["needs"].items()
            if not differ.intersection(pythons) and all(block in plan["needs"] for plan in plans)
        }
        known = {block: pythons for plan in plans for block, pythons in plan["needs"].items()}
        lacking = [
            block
            for block, pythons in known.items()
            if block not in common and not differ.intersection(pythons)
        ]
        if lacking:
            pairs = zip(there, plans, strict=True)
            who = ", ".join(one.name for one, plan in pairs if lacking[0] not in plan["needs"])
            count = figures.count(len(lacking), "block")
            output.say(f"left out: {count} not measurable everywhere: {lacking[0]} (not on {who})")
        self._needs, self._builds = first["needs"], first["pythons"]
        held = owners(copies)
        pieces: dict[str, list[tuple[list[str], float]]] = {}
        for group, seconds in zip(first["groups"], first["seconds"], strict=True):
            blocks = [block for block in group if block in common]
            owner = next((held[block] for block in blocks if block in held), "")
            if blocks:
                pieces.setdefault(owner, []).append((blocks, seconds))
        for owner, own in pieces.items():
            seconds = [one for _, one in own]
            # As many for each machine: of 21 shares on 20 machines the last would have 19 wait.
            machines = 1 if owner else len(there)
            count = max(1, round(sum(seconds) / self._seconds / machines)) * machines
            for one in shards([blocks for blocks, _ in own], seconds, count):
                self.all.append(Share(list(one.blocks), one.seconds, owner))
        self.all.sort(key=lambda one: -one.seconds)

    def why_unfit(self, machine: Machine) -> str:
        """Return why a machine that came later cannot measure as the others do, or ""."""
        plan = machine.plan or {}
        for block in (block for share in self.all for block in share.blocks or ()):
            pythons = self._needs[block]
            unlike = [one for one in pythons if plan["pythons"].get(one) != self._builds.get(one)]
            if block not in plan["needs"] or unlike:
                return f"Python {unlike[0]} is another build here" if unlike else f"lacks {block}"
        return ""

    def next(self, machine: Machine) -> Share | None:
        """Return the share that a machine measures next; another's only after a while."""
        if self.replicated:
            own = next((one for one in self.all if one.owner == machine.name), None)
            if own is None:
                own = Share(None, owner=machine.name)
                self.all.append(own)
            return own if own.state == "waiting" else None
        for share in sorted(
            self.waiting, key=lambda one: (one.owner != machine.name, one.attempts)
        ):
            if share.owner in ("", machine.name):
                return share
            owner = self._machines.get(share.owner)
            if owner is None:
                away = time.monotonic() - self._began
            else:
                away = owner.away if owner.state in LACKING else 0.0
            unfit = owner is not None and owner.state == "unfit"
            if unfit or away > min(ELSEWHERE_AFTER, self._wait):
                return share
        return None

    def over(self, budget: float | None) -> bool:
        """Return whether nothing more can be measured, or waited for.

        `budget` is what each machine may use, in seconds; None for no end.
        """
        machines = self._machines.values()
        if any(one.state in BUSY for one in machines):
            return False
        if not self.replicated and all(one.state in ("ended", "failed") for one in self.all):
            return True
        strange = [one for one in self.waiting if one.owner and one.owner not in self._machines]
        if strange and time.monotonic() - self._began < self._wait:
            return False
        for machine in machines:
            if machine.state in LACKING and machine.away < self._wait:
                return False
            spent = budget is not None and machine.used >= budget
            if machine.state == "idle" and not spent and self.next(machine) is not None:
                return False
        return True

    @property
    def lacks(self) -> list[str]:
        """What was not measured that should have been, a sentence each."""
        found = [
            f"{one.name}: {one.state}: {one.why}"
            for one in self._machines.values()
            if one.state in (*LACKING, "unfit")
        ]
        undone = [one for one in self.all if one.state != "ended"]
        if undone:
            found.append(f"{figures.count(len(undone), 'share')} not measured to the end")
        for machine in self._machines.values():
            for end in machine.ends[-1:] if self.replicated else machine.ends:
                if end["unreached"]:
                    count = figures.count(len(end["unreached"]), "block")
                    found.append(f"{machine.name}: {count} without a round: a larger --budget")
                found += [f"{machine.name}: gave up {cell}" for cell in end["given_up"]]
        return found
