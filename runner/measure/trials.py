"""One calibration of a cell, one round of a block: what is asked of the agents, and the rows."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from runner.measure.bench import Bench, Place
from runner.measure.calibration import Doubling, speed_of
from runner.measure.counts import Speed, jittered, trial
from runner.measure.order import round_jitter, round_order, round_place
from runner.measure.span import Ending, Span
from runner.model import Arm, Block, Cell, PastRound, Record, Status


def calibrate_all(bench: Bench, span: Span, blocks: Sequence[Block]) -> Ending | None:
    """Calibrate every cell of `blocks` that is not given up, once, whatever blocks share it."""
    cells = _cells_with_blocks(blocks)
    calibrated: Counter[str] = Counter()
    for number, (cell, block) in enumerate(cells, start=1):
        if ending := span.ending(bench.around):
            return ending
        if cell in bench.failures.given_up or bench.speeds.knows(cell):
            continue
        bench.around.listener.calibrating(cell, number, len(cells))
        calibrated[block.id] += 1
        calibrate(bench, Place(span.sitting, block, "calibration", calibrated[block.id]), cell)
    return span.ending(bench.around)


def _cells_with_blocks(blocks: Iterable[Block]) -> list[tuple[Cell, Block]]:
    first: dict[Cell, Block] = {}
    for block in blocks:
        for arm in block.arms:
            first.setdefault(arm.cell, block)
    return list(first.items())


def calibrate(bench: Bench, place: Place, cell: Cell) -> None:
    """Learn the speed of `cell`, or give it up; its trials are one round in the journal."""
    settings = bench.settings
    doubling = Doubling(bench.speeds.start(cell, settings.target), settings.target)
    end = bench.begin(bench.gate.load())
    records: list[Record] = []
    while not (doubling.done or cell in bench.failures.given_up or bench.losses.too_many):
        answer = bench.run([trial(cell, doubling.count, math.inf, settings)])
        if answer is None:
            break
        records += answer
        bench.losses.note(answer)
        _learn(bench, cell, answer[0], doubling)
    if records:
        bench.keep(place.rows([(Arm(cell), record) for record in records], end(records)))
    bench.losses.check()


def _learn(bench: Bench, cell: Cell, record: Record, doubling: Doubling) -> None:
    bench.judge(cell, record)
    if record.status is Status.TIMEOUT:
        doubling.restart()
    elif record.status is Status.OK:
        doubling.note(record.seconds or 0.0)
        if doubling.done:
            bench.speeds.learn(cell, _told(cell, record))


def _told(cell: Cell, record: Record) -> Speed:
    if speed := speed_of(record):
        return speed
    message = f"the agent calls a trial of {cell} ok, but not how long it took"
    raise RuntimeError(message)


def run_round(
    bench: Bench, place: Place, arms: Sequence[Arm], counts: Mapping[Cell, int], deadline: float
) -> PastRound | None:
    """Run every arm once and hand over the rows; None where a stop came before the end.

    Raises EnvironmentLacksError where trials of too many rounds in a row were lost.
    """
    measured = place.phase == "measure"
    foreign = bench.gate.pass_through(deadline) if measured else bench.gate.load()
    drawn = round_place(bench.settings.seed, place.sitting, place.phase, place.block, place.number)
    order, factor = round_order(drawn, arms), round_jitter(drawn)
    end = bench.begin(foreign)
    records = bench.run(
        [
            trial(
                arm.cell,
                jittered(arm.cell, counts[arm.cell], factor),
                bench.speeds.of(arm.cell).rate,
                bench.settings,
            )
            for arm in order
        ]
    )
    if records is None:
        return None
    seen = end(records)
    ran = list(zip(order, records, strict=True))
    bench.keep(place.rows(ran, seen))
    for arm, record in ran:
        bench.judge(arm.cell, record)
    bench.losses.note(records)
    bench.losses.check()
    return PastRound(place.sitting, {arm: _log_rate(record) for arm, record in ran})


def _log_rate(record: Record) -> float | None:
    speed = speed_of(record)
    return math.log(speed.rate) if speed else None
