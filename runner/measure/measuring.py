"""All sessions of a run: a plan and agents in, rows out, and what came of each block."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from random import Random
from typing import NamedTuple

from runner.errors import IpcmatrixError
from runner.measure.environment import Environment, Progress
from runner.measure.estimate import block_seconds, remembered, split
from runner.measure.rounds import Bench, BlockRun, RoundPlace, TrialRunner
from runner.measure.stopping import Left, StoppingState, unfinished
from runner.model import Block, Cell, History, Measure, PastRound, Plan
from runner.statistics import LOOK_EVERY
from runner.statistics.estimating import FEWEST_ROUNDS


class Ending(StrEnum):
    """Why measuring ended: all done, the budget used up, or a stop requested."""

    DONE = "done"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"


class BlockEnd(NamedTuple):
    """How far a block came: the rounds towards its last end, and the widest half-width.

    `half_width` is that of the 95 % intervals of its ratios as a fraction, infinite while unknown;
    `precise` says whether all are as narrow as requested.
    """

    block: Block
    rounds: int
    half_width: float
    precise: bool


class Departure(NamedTuple):
    """A comparison that left its block before the block's end, and in which session."""

    session: int
    block: Block
    left: Left


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one call of `measure`. Durations in seconds.

    `blocks` are the blocks as measured (parts apart), the least precise first; `given_up` names
    the cells that failed too often, with the reason; `departures` are the comparisons that left
    their blocks in this call; `unreached` are the blocks of which the run
    holds no measured round though cells of theirs are left, `measured` says whether it holds one
    of any; `timed` is the time inside timed phases, `waited` that before the gate, `seconds` all
    but the pauses, and `away` that in which the machine or this program was stopped. `rates` are
    the messages per second of every cell that is known.
    """

    ending: Ending
    sessions: tuple[int, ...]
    blocks: tuple[BlockEnd, ...]
    given_up: Mapping[Cell, str]
    departures: Sequence[Departure]
    unreached: tuple[Block, ...]
    measured: bool
    timed: float
    waited: float
    seconds: float
    away: float
    rates: Mapping[Cell, float]


class Session(NamedTuple):
    """A session's number, when it must end, and how many more follow it."""

    number: int
    deadline: float
    later: int

    def ending(self, environment: Environment) -> Ending | None:
        """Return why no further trial may begin, or None."""
        if environment.stopped():
            return Ending.INTERRUPTED
        return Ending.BUDGET if environment.clock.now() >= self.deadline else None


def measure(
    plan: Plan,
    agents: Mapping[str, TrialRunner],
    settings: Measure,
    environment: Environment,
    history: History | None = None,
) -> Outcome:
    """Measure the blocks of `plan` until all are precise enough, or budget or a stop ends it.

    Every complete round goes to `environment.sink` as it comes. With a `history`, only what is
    lacking is measured, in new sessions. It ends within the budget plus one round; a stop ends it
    after the trials under way.
    """
    history = history or History()
    bench = Bench(agents, settings, environment, history)
    blocks = _Blocks(list(plan.blocks), settings, history.rounds, bench)
    clock, budget = environment.clock, math.inf if settings.budget is None else settings.budget
    away, seconds, endings, numbers = clock.away(), 0.0, [Ending.DONE], list[int]()
    measured: list[tuple[int, StoppingState]] = []
    for ordinal in range(1, settings.sessions + 1):
        lacking = blocks.lacking(ordinal)
        if not lacking:
            continue
        if numbers:
            environment.listener.waiting("pause between sessions", settings.pause)
            environment.pause(settings.pause)
            if environment.stopped():
                endings.append(Ending.INTERRUPTED)
                break
        # This session and the later ones share the rest of the budget equally.
        begin, later = clock.now(), settings.sessions - ordinal
        share = max(0.0, budget - seconds) / (later + 1)
        session = Session(history.session + len(numbers) + 1, begin + share, later)
        numbers.append(session.number)
        try:
            with _watched(environment, session.number):
                ending = _calibrate(bench, session, lacking)
                states = [] if ending else blocks.begin(lacking, ordinal)
                measured += [(session.number, state) for state in states]
                endings.append(ending or _passes(bench, session, states))
        except KeyboardInterrupt:
            # A second Ctrl-C breaks off the trials under way; the journal has the rest.
            endings.append(Ending.INTERRUPTED)
        seconds += clock.now() - begin
        if endings[-1] is Ending.INTERRUPTED:
            break
    ends, unreached = blocks.ends()
    return Outcome(
        max(endings, key=list(Ending).index),
        tuple(numbers),
        ends,
        dict(bench.given_up),
        [
            Departure(number, state.block, one)
            for number, state in measured
            for one in state.left
            if one.rounds > state.went_before
        ],
        unreached,
        bool(bench.reached),
        bench.timed,
        bench.gate.waited,
        seconds,
        clock.away() - away,
        bench.speeds.rates,
    )


@contextmanager
def _watched(environment: Environment, number: int) -> Iterator[None]:
    """Have the machine looked at before a session and after it, however it ends."""
    watch = environment.watch
    try:
        watch.session_begins(number, environment.pause)
        yield
    except BaseException:
        with suppress(IpcmatrixError):  # the error that ended the session matters more
            watch.session_ends(number)
        raise
    watch.session_ends(number)


def _calibrate(bench: Bench, session: Session, blocks: Sequence[Block]) -> Ending | None:
    """Calibrate every cell of `blocks` that is not given up once, even if blocks share it."""
    environment = bench.environment
    bench.speeds.new_session()
    cells: dict[Cell, Block] = {}
    for block in blocks:
        for arm in block.arms:
            cells.setdefault(arm.cell, block)
    calibrated: Counter[str] = Counter()
    for number, (cell, block) in enumerate(cells.items(), start=1):
        if ending := session.ending(environment):
            return ending
        if cell in bench.given_up or bench.speeds.knows(cell):
            continue
        environment.listener.calibrating(cell, number, len(cells))
        calibrated[block.id] += 1
        place = RoundPlace(session.number, block, "calibration", calibrated[block.id])
        bench.calibrate(place, cell)
    return session.ending(environment)


def _passes(bench: Bench, session: Session, states: Sequence[StoppingState]) -> Ending:
    """Take calibrated blocks through passes until all are done, or the session must end."""
    environment, given_up = bench.environment, bench.given_up
    for state in states:
        state.drop(given_up.keys())
    dropped, first = len(given_up), min(FEWEST_ROUNDS, bench.settings.min_rounds)
    runs = [BlockRun(bench, session.number, state) for state in states if not state.done]
    time = _TimeLeft(bench.settings, session, runs)
    for run in _turns(bench, session, runs, time):
        if ending := session.ending(environment):
            return ending
        if not run.round(session.deadline):
            return Ending.INTERRUPTED
        if len(given_up) > dropped:
            dropped = len(given_up)
            for state in states:
                state.drop(given_up.keys())
        known = [one for state in states for one in state.intervals]
        environment.listener.round_done(
            Progress(
                session=session.number,
                block=run.state.block,
                begun=sum(
                    first if state.done else min(first, len(state.rounds)) for state in states
                )
                / (first * len(states)),
                half_width=math.expm1(max((one.half_width for one in known), default=math.inf)),
                comparisons=sum(len(state.left) + len(state.open) for state in states),
                known=len(known),
                decided=sum(one.excludes(0) for one in known),
                precise=sum(len(state.left) for state in states),
                remaining=time.left(environment.clock.now()),
            )
        )
    return Ending.DONE


def _turns(
    bench: Bench, session: Session, runs: Sequence[BlockRun], time: "_TimeLeft"
) -> Iterator[BlockRun]:
    """Yield the block run whose turn it is, round by round and pass by pass, until all are done."""
    settings, environment, reported = bench.settings, bench.environment, 0
    for number in count(1):
        going = {run.state.block.id: run for run in runs if not run.state.done}
        if not going:
            return
        # Reported after calibration, and again once the spreads are known.
        known = all(run.state.looked for run in going.values())
        if reported < 1 + known:
            reported = 1 + known
            left = time.left(environment.clock.now())
            environment.listener.estimated(left, time.unbounded())
        # Blocks that a broken-off session left behind catch up first: at any moment all
        # unfinished blocks are within one pass of each other.
        least = min(len(run.state.rounds) for run in going.values())
        level = least + time.pass_rounds(least, environment.clock.now())
        for name in pass_order(settings.seed, session.number, number, going):
            state = going[name].state
            while not state.done and len(state.rounds) < level:
                yield going[name]


def pass_order(seed: int, session: int, number: int, blocks: Iterable[str]) -> list[str]:
    """Return the ids of `blocks` in the order of pass `number`, independent of the order given."""
    ordered = sorted(blocks)
    Random(f"{seed}/{session}/{number}").shuffle(ordered)
    return ordered


class _TimeLeft:
    """How long the block runs of a session, and the sessions after it, will take."""

    def __init__(self, settings: Measure, session: Session, runs: Sequence[BlockRun]) -> None:
        self._settings = settings
        self._session = session
        self._runs = runs
        self._whole = self._here()

    def _here(self) -> float:
        return sum(run.seconds_left for run in self._runs)

    def unbounded(self) -> float:
        """Return the seconds that would be left without a budget."""
        return self._here() + self._session.later * (self._settings.pause + self._whole)

    def left(self, now: float) -> float:
        """Return the seconds that are left with it."""
        settings, session = self._settings, self._session
        here = max(0.0, min(self._here(), session.deadline - now))
        share = math.inf if settings.budget is None else settings.budget / settings.sessions
        return here + session.later * (settings.pause + min(self._whole, share))

    def pass_rounds(self, least: int, now: float) -> int:
        """Return the rounds of a pass, where every unfinished block has `least` rounds or more.

        Half of what the first look takes, as many again, then from look to look: 6, 6, 2, 2 …;
        fewer where the budget would end within it, so that blocks lack one round at the end.
        """
        first = self._settings.min_rounds
        half = math.ceil(first / 2)
        wanted = half - least if least < half else first - least if least < first else LOOK_EVERY
        going = [run for run in self._runs if not run.state.done]
        for rounds in range(wanted, 1, -1):
            if sum(run.seconds_for(rounds) for run in going) <= self._session.deadline - now:
                return rounds
        return 1


class _Blocks:
    """The blocks of a plan over its sessions: their parts, and how often each has ended."""

    def __init__(
        self,
        blocks: Sequence[Block],
        settings: Measure,
        past: Mapping[str, Sequence[PastRound]],
        bench: Bench,
    ) -> None:
        self._blocks = blocks
        self._settings = settings
        self._past = past
        self._bench = bench
        self._parts = {block.id: remembered(block, past) for block in blocks}
        self._begun: set[str] = set()
        self._ended: dict[str, tuple[int, Sequence[PastRound]]] = {}
        self._states: dict[str, StoppingState] = {}

    def lacking(self, ordinal: int) -> list[Block]:
        """Return the blocks that have not ended that many times."""
        return [block for block in self._blocks if self._lacks(block, ordinal)]

    def _lacks(self, block: Block, ordinal: int) -> bool:
        parts = self._parts[block.id]
        covered = {arm for part in parts for arm in part.arms}
        left = [arm for arm in block.arms if arm.cell not in self._bench.given_up]
        if not covered.issuperset(left):
            return True
        return bool(left) and any(self._ends_and_rest(part)[0] < ordinal for part in parts)

    def _ends_and_rest(self, part: Block) -> tuple[int, Sequence[PastRound]]:
        """Return how many times a part has ended, and the rest: its rounds since."""
        if part.id not in self._ended:
            past = self._past.get(part.id, ())
            self._ended[part.id] = unfinished(part, self._settings, past)
        return self._ended[part.id]

    def begin(self, lacking: Sequence[Block], ordinal: int) -> list[StoppingState]:
        """Return the states of the parts of `lacking` blocks that this session measures."""
        bench, settings, begun = self._bench, self._settings, []
        for block in lacking:
            if block.id not in self._begun:
                self._begun.add(block.id)
                arms = [arm for arm in block.arms if arm.cell not in bench.given_up]
                seconds = block_seconds(arms, settings, bench.speeds.of)
                self._parts[block.id] = split(block, seconds, self._past)
            for part in self._parts[block.id]:
                ends, rounds = self._ends_and_rest(part)
                if ends < ordinal:
                    begun.append(StoppingState(part, settings, rounds))
                    # The next session starts afresh; blocks are open for lack of time.
                    self._ended[part.id] = ordinal, ()
        self._states.update((state.block.id, state) for state in begun)
        return begun

    def ends(self) -> tuple[tuple[BlockEnd, ...], tuple[Block, ...]]:
        """Return how far every part came, the least precise first, and those without a round."""
        bench, ends, unreached = self._bench, [], []
        for part in (part for block in self._blocks for part in self._parts[block.id] or [block]):
            state = self._states.get(part.id)
            if state is None:
                state = StoppingState(part, self._settings, self._past.get(part.id, ()))
                state.drop(bench.given_up.keys())
            half_width = math.expm1(state.half_width)
            ends.append(BlockEnd(part, len(state.rounds), half_width, state.precise))
            if part.id not in bench.reached and any(
                arm.cell not in bench.given_up for arm in part.arms
            ):
                unreached.append(part)
        return tuple(sorted(ends, key=lambda end: -end.half_width)), tuple(unreached)
