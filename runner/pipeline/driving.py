"""Drives a run on a cluster: gives shares of it to machines, and keeps what they send.

One loop: calls, events and tasks of the cluster put what comes of them into an inbox. A machine has
one share at a time. What it has measured is in its spool before it is sent, so whatever ends
meanwhile, the next meeting gives it back.
"""

import json
import math
import queue
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner import output
from runner.cluster import meeting, task
from runner.cluster.connection import Called, Failed, Link, reason_of
from runner.errors import BadInputError, EnvironmentLacksError, IpcmatrixError
from runner.machine import facts
from runner.machine.reading import UNKNOWN
from runner.model import Matrix
from runner.model.parts import PartRequest, RoundKey
from runner.pipeline import newcomers
from runner.pipeline.machines import Machine, fetch, plan_of
from runner.pipeline.sharing import Shares
from runner.report import figures
from runner.runfolder.copies import PartCopy
from runner.runfolder.files import PARTS
from runner.runfolder.head import RUN

TICK = 0.3
"""Seconds that the loop waits for something to happen."""
LOOK_EVERY = 1.0
"""Seconds between two looks for workers."""
STOP_WITHIN = 10.0
"""Seconds for machines to end the trials under way after Ctrl-C."""
FIND_AGAIN = 120.0
"""Seconds for which a scheduler that has gone is looked for."""
CLOCKS_APART = 1.0
"""Seconds by which clocks may differ before it is said; nothing is computed from it."""


class Driver:
    """The loop and its state; `folder` is that of the run, `request` what every part is asked."""

    def __init__(
        self,
        matrix: Matrix,
        folder: Path,
        request: PartRequest,
        connect: Callable[[], Link],
        inbox: "queue.Queue[Any]",
        stop: Callable[[], bool],
    ) -> None:
        self.machines: dict[str, Machine] = {}
        self.shares = Shares(matrix.cluster, self.machines)
        self.alone = False
        self._under_way = False
        self._matrix = matrix
        self._settings = matrix.cluster
        self._budget = matrix.measure.budget
        self._asks_probes = bool(matrix.study)
        self._folder = folder
        self._request = request
        self._connect = connect
        self._inbox = inbox
        self._stop = stop
        self._link = connect()
        self._topic = f"ipcmatrix-{secrets.token_hex(8)}"
        # Also those of machines that are not there yet: what they began is theirs.
        self._copies: dict[str, PartCopy] = {}
        for run in sorted((folder / PARTS).glob(f"*/{RUN}")):
            self._copy_of(run.parent.name)
        self._newcomers = newcomers.Newcomers(self._say_once)
        self._said: set[str] = set()
        self._beside: dict[str, str] = {}
        self._began = time.monotonic()
        self._looked = -math.inf

    def run(self, show: Callable[[], None]) -> bool:
        """Drive the run to its end; return False where it was interrupted.

        EnvironmentLacksError where no machine came, or the scheduler has gone for good.
        """
        there = self._link.ask_scheduler(meeting.versions).get("boot", UNKNOWN)
        self._beside = {there: "the scheduler", facts.boot(): "this driver"}
        self._link.subscribe(self._topic)
        while not self._stop():
            answered = [one for one in self.machines.values() if one.answered]
            self._take_in(0.001 if answered else TICK)  # with all that these sent before
            if not self._link.alive:
                self._find_scheduler()
            now = time.monotonic()
            if now - self._looked >= LOOK_EVERY:
                # In a thread, for a scheduler that is frozen must not keep Ctrl-C waiting.
                self._looked = math.inf
                self._link.later("workers", self._link.name, self._link.workers)
            for machine in answered:
                if machine.future is not None:
                    self._answered(machine)
            for machine in sorted(self.machines.values(), key=lambda one: one.since):
                self._give(machine)  # who waits longest first: some measure in turn
            if self._under_way and self.shares.over(self._budget):
                return True
            if not self._under_way:
                self._begin_once_there()
            show()
        self._interrupt()
        return False

    def _say_once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            output.say(line)

    def _take_in(self, wait: float = TICK) -> None:
        """Wait a little for something to happen, and take in all that did."""
        while True:
            try:
                message = self._inbox.get(timeout=wait)
            except queue.Empty:
                return
            wait = 0.001
            if isinstance(message, Called):
                self._called(message)
                continue
            for machine in self.machines.values():
                if machine.key and machine.key == message["key"]:
                    self._heard(machine, [json.loads(line) for line in message["lines"]])

    # Workers come and go.

    def _look(self, there: Mapping[str, bool]) -> None:
        for machine in self.machines.values():
            if machine.address and machine.address not in there and machine.future is None:
                self._lost(machine, "its worker has gone")
        known = {machine.address for machine in self.machines.values()}
        self._newcomers.look(self._link, there, known)

    def _called(self, call: Called) -> None:
        if call.what == "workers":
            if call.address == self._link.name:  # not that of a scheduler that has gone
                self._looked = time.monotonic()
                if isinstance(call.answer, Mapping):
                    self._look(call.answer)
            return
        if call.what == "hello":
            if self._newcomers.admits(call.address, call.answer, self.machines.values()):
                self._admit(call.address, call.answer)
            return
        for machine in self.machines.values():
            if machine.address == call.address and machine.state == "fetching":
                self._fetched(machine, call.answer)

    def _admit(self, address: str, found: Mapping[str, Any]) -> None:
        name, boot, turn = (str(found[one]) for one in ("machine", "boot", "turn"))
        machine = self.machines.get(name)
        if machine is None:
            machine = self.machines[name] = Machine(name, self._copy_of(name))
        machine.address, machine.boot, machine.turn = address, boot, turn
        machine.ahead = float(found["ahead"])
        if abs(machine.ahead) > CLOCKS_APART:
            output.say(f"{name}: its clock is {machine.ahead:+.1f} s from ours")
        if boot in self._beside and boot != UNKNOWN and not (turn or self.alone):
            who = self._beside[boot]
            self._say_once(f"{name}: {who} runs on it too, and disturbs what is measured there")
        output.say(f"{name} is there{' again' * (machine.losses > 0)}")
        self._fetch(machine)

    def _copy_of(self, name: str) -> PartCopy:
        if name not in self._copies:
            folder, part = self._folder / PARTS / name, f"{self._request.run}.{name}"
            self._copies[name] = PartCopy(folder, part, name, self._matrix.files)
        return self._copies[name]

    # What a spool holds beyond our copy is taken in as a machine comes, and where a round lacks.

    def _fetch(self, machine: Machine) -> None:
        machine.turn_to("fetching")
        link, address, copy = self._link, machine.address, machine.copy

        def work() -> int:
            return fetch(lambda function, *given: link.ask(address, function, *given), copy)

        link.later("fetch", address, work)

    def _fetched(self, machine: Machine, answer: Any) -> None:
        if isinstance(answer, Failed):
            if answer.unfit:
                machine.turn_to("unfit", answer.why)
                output.say(f"{machine.name}: {answer.why}")
            else:
                self._lost(machine, answer.why)
            return
        if answer:
            output.say(f"{machine.name}: {figures.count(answer, 'round')} more from its spool")
        self._rest(machine)

    def _rest(self, machine: Machine) -> None:
        """Have a machine wait for a share, where there can be another for it."""
        own = [one for one in self.shares.all if one.blocks is None and one.owner == machine.name]
        done = own and own[0].state in ("ended", "failed")
        machine.turn_to("done" if done else "idle")

    # Shares.

    def _begin_once_there(self) -> None:
        """Begin when enough machines have a plan, or with fewer after the wait.

        If we are `alone`, with our own worker, it waits for nobody else.
        """
        for machine in self.machines.values() if self.alone else ():
            if machine.state in ("unfit", "refused"):
                raise EnvironmentLacksError(machine.why)
        there = [one for one in self.machines.values() if one.plan and one.state == "idle"]
        waited = time.monotonic() - self._began > self._settings.wait
        if len(there) < self._settings.machines and not waited:
            return
        if not there:
            wait = figures.duration(self._settings.wait)
            reasons = [f"{one.name}: {one.why}" for one in self.machines.values() if one.why]
            message = f"no machine came within {wait} (cluster.wait): start `ipcmatrix worker`"
            raise EnvironmentLacksError(message, *reasons)
        if len(there) < self._settings.machines:
            output.say(f"begins with {figures.count(len(there), 'machine')}: no others came")
        self._under_way = True
        if self._settings.spread == "shard":
            self.shares.make(there, self._copies.values())

    def _give(self, machine: Machine) -> None:
        """Ask an idle machine for its plan, or give it a share, where its turn has come."""
        refused = machine.state == "refused" and machine.away > newcomers.AGAIN_AFTER
        if not machine.address or not (machine.state == "idle" or refused):
            return
        others = [one for one in self.machines.values() if one is not machine and one.turn]
        if machine.turn and any(one.turn == machine.turn and one.future for one in others):
            return  # they share a processor: one at a time
        if machine.plan is None:
            self._submit(machine, replace(self._request, ask="plan", machine=machine.name))
            machine.turn_to("planning")
            return
        if not self._under_way:
            return
        budget = self._budget and max(0.0, self._budget - machine.used)
        share = self.shares.next(machine) if budget is None or budget > 0 else None
        if share is None:
            return
        if budget is not None and share.blocks is not None:
            left = sum(one.seconds for one in self.shares.waiting)
            budget *= min(1.0, share.seconds * len(self.machines) / left) if left else 1.0
        if share.owner not in ("", machine.name):
            self._say_once(f"{machine.name} starts again what {share.owner} had begun")
        share.state, share.owner = "given", machine.name
        share.attempts += 1
        machine.share = share
        own: dict[str, Any] = {"machine": machine.name, "ahead": round(machine.ahead, 4)}
        own |= {"blocks": share.blocks, "budget": budget, "ask": "measure"}
        self._submit(machine, replace(self._request, **own))
        machine.turn_to("measuring")

    def _submit(self, machine: Machine, request: PartRequest) -> None:
        machine.begin_task(f"{request.part}-{secrets.token_hex(8)}")
        machine.future = self._link.submit(
            machine.address, machine.key, task.run_part, self._topic, request.encoded()
        )

    def _heard(self, machine: Machine, said: list[Mapping[str, Any]]) -> None:
        """Take in lines of a part process; its rounds reach the disk together."""
        rounds = []
        for message in said:
            kind = message["kind"]
            if kind == "begin":
                machine.copy.begin(message["run"], meeting.unpacked(message["cells"]))
            elif kind == "round":
                rounds.append((RoundKey(*message["key"]), message["rows"]))
            elif kind == "heard":
                machine.heard = {**machine.heard, **message}
                if message["state"] == "gave up":
                    output.say(f"{machine.name}: {message['what']}")
            elif kind == "end":
                machine.end = message
                machine.copy.note(message["run"])
        machine.fresh += machine.copy.append(rounds)

    def _answered(self, machine: Machine) -> None:
        """Take in how a task ended: with a last line, or without its worker."""
        future, machine.future, machine.key = machine.future, None, ""
        message = machine.end or self._last_line(machine, future)
        if message is None:
            return
        if message["kind"] == "plan":
            machine.plan = plan_of(message, self.machines.values())
            for note in message["notes"]:
                self._say_once(note)
            machine.turn_to("idle")
            late = self._under_way and self._settings.spread == "shard"
            if late and (why := self.shares.why_unfit(machine)):
                machine.turn_to("unfit", why)
                output.say(f"{machine.name} is not used: {why}")
            return
        share, machine.share = machine.share, None
        if message["kind"] == "end":
            machine.used += message["seconds"]
            machine.ends.append(message)
            if share is not None:
                share.state = "ended"
            if machine.fresh == message["rounds"] and not self._asks_probes:
                self._rest(machine)  # with all of its rounds; asking again would cost time
            else:
                self._fetch(machine)
            return
        why, code = "; ".join(message["lines"]), message["code"]
        self._say_once(f"{machine.name}: {why}")
        if share is not None:
            # The other codes say that it was refused before it was begun.
            share.give_back(begun=code == IpcmatrixError.exit_code)
        if code == BadInputError.exit_code:
            machine.turn_to("unfit", why)
        elif code == EnvironmentLacksError.exit_code:
            machine.turn_to("refused", why)
        else:
            self._fetch(machine)

    def _last_line(self, machine: Machine, future: Any) -> Mapping[str, Any] | None:
        """Return what a task gave, None where its machine was lost before it could be had."""
        if future.status == "finished":
            try:
                # Without a time-out, Dask would wait for a worker that is gone.
                line = future.result(timeout=newcomers.ANSWER_WITHIN)
                found: Mapping[str, Any] = json.loads(line)
                return found
            except Exception as error:
                why = reason_of(error)
        else:
            lost = "the scheduler lost it"
            why = reason_of(future.exception()) if future.status == "error" else lost
        machine.used += machine.away if machine.state == "measuring" else 0.0
        self._lost(machine, why)
        return None

    def _lost(self, machine: Machine, why: str) -> None:
        """Take back what a machine was given; it may come again, with its spool."""
        if machine.share is not None:
            machine.share.give_back()
        machine.share = machine.future = None
        machine.key = machine.address = ""
        machine.losses += 1
        if machine.state not in ("done", "unfit"):
            output.say(f"{machine.name} was lost: {why}")
            machine.turn_to("lost", why)

    # The end of things.

    def _find_scheduler(self) -> None:
        """Connect again; the machines' workers then come as new ones."""
        output.say(f"the scheduler has gone: looking for it for {figures.duration(FIND_AGAIN)}")
        for machine in self.machines.values():
            if machine.address:
                self._lost(machine, "the scheduler has gone")
        self._newcomers.forget()
        until = time.monotonic() + FIND_AGAIN
        while not self._stop():
            try:
                self._link = self._connect()
                self._link.subscribe(self._topic)
                self._looked = -math.inf
                return
            except EnvironmentLacksError as error:
                if time.monotonic() > until:
                    begun = f"continue with --resume {self._folder}"
                    message = begun if self._folder.exists() else "nothing is measured yet"
                    raise EnvironmentLacksError(str(error), message) from error
            time.sleep(1.0)

    def _interrupt(self) -> None:
        """Have the machines end after the trials under way, and take in what their spools hold."""
        measuring = [one for one in self.machines.values() if one.future is not None]
        for machine in measuring:
            machine.future.cancel()
        until = time.monotonic() + STOP_WITHIN
        while time.monotonic() < until and not all(one.end for one in measuring if one.share):
            self._take_in()
        for machine in measuring:
            machine.future, machine.key = None, ""  # what is still sent, the spool has
            if machine.end:
                machine.ends.append(machine.end)
            if machine.address and machine.share:
                self._fetch(machine)
        there = self.machines.values()
        while time.monotonic() < until and any(one.state == "fetching" for one in there):
            self._take_in()
