"""Watches the machine during `run`: around every round, before and after every session."""

import os
import time
from collections.abc import Callable, Mapping, Sequence

from runner.executors.base import Executor
from runner.machine.load import CpuMeter, RoundMeter, moment
from runner.machine.reading import SYSTEM, Tree
from runner.measure import Watch
from runner.model import Conditions
from runner.runfolder.journal import Journal


class SessionWatch(Watch):
    """Watches rounds with one meter, and writes the moments of sessions into run.json at once.

    The moment before a session is kept even if the program is killed during the session.
    """

    def __init__(
        self,
        executor: Executor,
        journal: Journal,
        tree: Tree = SYSTEM,
        clock: Callable[[], float] = time.monotonic,
        ours: Sequence[int] = (),
    ) -> None:
        """`ours` are processes besides this one that are not the load of others: a worker's."""
        self._ours = (os.getpid(), *ours)
        self._executor = executor
        self._journal = journal
        self._tree = tree
        self._meter, over_rounds = (CpuMeter(self._processes, clock) for _ in range(2))
        self._rounds = RoundMeter(over_rounds, executor.roots, tree, clock)

    def foreign_cpu(self) -> float | None:
        """Return the cores that others used since the last call; None: unknown."""
        self._rounds.look()
        return self._meter.sample()

    def session_begins(self, session: int, pause: Callable[[float], None]) -> None:
        """Keep the moment before, and take the pressure of the idle machine."""
        others = [one for one in self._sessions() if not self._is(one, session)]
        new = {"session": session, "machine": self._journal.machine, "before": self._moment()}
        self._journal.note({"sessions": [*others, new]})
        self._rounds.rest(pause)

    def session_ends(self, session: int) -> None:
        """Keep the moment after, and how many rounds there are."""
        ended = {"after": self._moment(), "rounds": self._journal.rounds(session)}
        entries = [{**one, **ended} if self._is(one, session) else one for one in self._sessions()]
        self._journal.note({"sessions": entries})

    def round_begins(self) -> None:
        """Take the counters."""
        self._rounds.round_begins()

    def round_ends(self, cpu_seconds: float) -> Conditions:
        """Return what happened since the round began."""
        return self._rounds.round_ends(cpu_seconds)

    def _processes(self) -> tuple[int, ...] | None:
        roots = self._executor.roots()
        return None if roots is None else (*self._ours, *roots)

    def _moment(self) -> Mapping[str, str]:
        return moment(self._tree, self._executor.roots() or ())

    def _is(self, entry: Mapping[str, object], session: int) -> bool:
        """Return whether the entry is that of this machine's session."""
        machine = entry.get("machine", self._journal.machine)
        return (entry.get("session"), machine) == (session, self._journal.machine)

    def _sessions(self) -> list[dict[str, object]]:
        """Return the moments of the sessions that run.json holds."""
        known = self._journal.run.get("sessions")
        return list(known) if isinstance(known, list) else []
