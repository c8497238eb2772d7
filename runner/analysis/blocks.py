"""Trials as arrays: what each arm of a block reached in each complete round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from runner.analysis.contamination import marks_in
from runner.analysis.trials import Floats
from runner.model import AXES, FREE
from runner.runfolder.codes import Wholes, codes_of, combine, dense, grouped
from runner.runfolder.columns import column_of
from runner.statistics.disturbance import contaminated

CLOCKS: Mapping[str, str] = {
    "end_to_end": "seconds",
    "send": "send_seconds",
    "join": "join_seconds",
    "cpu": "cpu_seconds",
}
"""The clocks and the columns that they are read from."""

ONE_CORE, TWO_CORES = 1.25, 1.4
"""CPU over wall: below the first a trial ran on one core, above the second on two or more."""


@dataclass(frozen=True, slots=True)
class MeasuredBlock:
    """A block on one machine: `shared` holds its axes, the compared one emptied.

    `arms` are values of the compared axis, the baseline first, then its control where there is one.
    """

    machine: str
    id: str
    compared_axis: str
    shared: Mapping[str, Any]
    arms: Sequence[str]
    has_control: bool

    def bound(self, *arms: int) -> bool:
        """Return whether the processes of all these arms are bound to cores."""
        placement = self.shared["placement"]
        return FREE not in ((self.arms[arm] for arm in arms) if not placement else (placement,))


@dataclass(frozen=True, slots=True)
class Unit:
    """A block in one session: the largest thing inside which ratios may be formed.

    Arrays (arm, round) of its complete rounds, NaN where a trial was not ok: `logs` by clock, ln
    messages per second; `place` in the round's order, NaN where the arm took no part; `cores` CPU
    over wall; `memory` ln KiB, the peaks of all processes. (round): `load` the foreign CPU before,
    `contaminated` 1 or 0.
    """

    block: MeasuredBlock
    session: int
    logs: Mapping[str, Floats]
    place: Floats
    cores: Floats
    memory: Floats
    load: Floats
    contaminated: Floats


def complete_rounds(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the measured trials whose round has all its trials."""
    timed = (trials["phase"] == "measure").to_numpy()
    measured = trials if timed.all() else trials[timed]
    if measured.empty:
        return measured
    names = ("machine", "session", "block", "round")
    number, _ = dense(combine([codes_of(measured, name) for name in names]))
    complete = np.bincount(number)[number] == measured["round_size"].to_numpy()
    return measured if complete.all() else measured[complete]


def units_of(
    complete: pd.DataFrame, baselines: Mapping[str, str], gate_load: float
) -> list[list[Unit]]:
    """Return the units of trials in complete rounds: a list for each block, in matrix order.

    A block's baseline is the arm that has a control; without one, the arm that `baselines` (axis →
    value) names, and failing that the first in the order of the matrix.
    """
    if complete.empty:
        return []
    number, first = dense(codes_of(complete, "block"))
    heads = complete.iloc[first]
    names = ("compared_axis", *map(column_of, AXES))  # lexsort takes the chief key last
    order = np.lexsort([codes_of(heads, name) for name in reversed(names)])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    block_of, first = dense(combine([codes_of(complete, "machine"), rank[number]]))
    blocks, arm_of = _blocks(complete, block_of, first, baselines)
    unit_of, _ = dense(combine([block_of, codes_of(complete, "session")]))
    round_of, first = dense(combine([unit_of, codes_of(complete, "round")]))
    disturbed = contaminated(marks_in(complete, round_of, gate_load))
    load = complete["foreign_cpu"].to_numpy(dtype=np.float64)[first]
    order, units = grouped(unit_of)
    values = _values(complete, order)
    arms, rounds_in_order = arm_of[order], round_of[order]
    block_of, sessions = block_of[order], complete["session"].to_numpy()[order]
    found: list[list[Unit]] = [[] for _ in blocks]
    for rows in units:
        block = blocks[place := int(block_of[rows.start])]
        rounds = rounds_in_order[rows]  # those of a unit are numbered one after the other
        own = slice(int(rounds.min()), int(rounds.max()) + 1)
        filled = np.full((len(values), len(block.arms), own.stop - own.start), np.nan)
        filled[:, arms[rows], rounds - own.start] = values[:, rows]
        *clocks, places, used, memory = filled
        found[place].append(
            Unit(
                block=block,
                session=int(sessions[rows.start]),
                logs=dict(zip(CLOCKS, clocks, strict=True)),
                place=places,
                cores=used,
                memory=memory,
                load=load[own],
                contaminated=disturbed[own],
            )
        )
    return found


def _blocks(
    frame: pd.DataFrame, block_of: Wholes, heads: Wholes, baselines: Mapping[str, str]
) -> tuple[list[MeasuredBlock], Wholes]:
    """Return the blocks, and each trial's arm."""
    value, names = _compared(frame)
    control = frame["control"].to_numpy(dtype=np.int64)
    arm, first = dense(combine([block_of, value, control]))
    arms: list[list[tuple[int, bool, str, int]]] = [[] for _ in heads]
    for place, row in enumerate(first.tolist()):
        one = (int(value[row]), bool(control[row]), names(row), place)
        arms[int(block_of[row])].append(one)
    firsts = frame.iloc[heads]
    columns = {name: firsts[name].astype(object).tolist() for name in _IDENTITY}
    places = np.empty(len(first), dtype=np.int64)
    blocks = []
    for number, own in enumerate(arms):
        machine, id_, compared_axis, *axes = (columns[name][number] for name in _IDENTITY)
        shared = dict(zip(AXES, axes, strict=True))
        shared |= {"workers": int(shared["workers"])}
        shared[str(compared_axis)] = 0 if compared_axis == "workers" else ""
        named = [one for one in own if one[2] == baselines.get(str(compared_axis))]
        baseline = ([one for one in own if one[1]] or named or own)[0][0]
        own.sort(key=lambda one: (one[0] != baseline or one[1], not one[1], one[0]))
        for place, one in enumerate(own):
            places[one[3]] = place
        labels = [one[2] for one in own]
        controls = any(one[1] for one in own)
        blocks.append(
            MeasuredBlock(str(machine), str(id_), str(compared_axis), shared, labels, controls)
        )
    return blocks, places[arm]


_IDENTITY = ("machine", "block", "compared_axis", *map(column_of, AXES))


def _compared(frame: pd.DataFrame) -> tuple[Wholes, Callable[[int], str]]:
    """Return each trial's value on the axis that its block compares, and how a row's is written."""
    result = np.zeros(len(frame), dtype=np.int64)
    compared_axis = frame["compared_axis"].astype("category").cat
    columns = [frame[column_of(str(axis))] for axis in compared_axis.categories]
    codes = compared_axis.codes.to_numpy()
    for number, axis in enumerate(compared_axis.categories):
        result = np.where(codes == number, codes_of(frame, column_of(str(axis))), result)
    return result, lambda row: str(columns[codes[row]].iloc[row])


def _values(trials: pd.DataFrame, order: Wholes) -> Floats:
    """Return ln rates by clock, place, cores and ln memory of the trials; NaN where not ok."""
    ok = (trials["status"] == "ok").to_numpy()
    messages = trials["messages"].to_numpy(dtype=np.float64)
    memory = trials["peak_rss_sum_kib"].to_numpy(dtype=np.float64)
    found = np.empty((len(CLOCKS) + 3, len(trials)))
    with np.errstate(divide="ignore", invalid="ignore"):
        for place, column in enumerate(CLOCKS.values()):
            seconds = trials[column].to_numpy(dtype=np.float64)
            found[place] = np.where(ok & (seconds > 0), np.log(messages / seconds), np.nan)[order]
        found[-1] = np.where(ok & (memory > 0), np.log(memory), np.nan)[order]
    found[-3] = trials["trial"].to_numpy(dtype=np.float64)[order]
    found[-2] = np.where(ok, cores(trials), np.nan)[order]
    return found


def cores(trials: pd.DataFrame) -> Floats:
    """Return CPU over wall of each trial: on how many cores it really ran."""
    wall = trials["seconds"].to_numpy(dtype=np.float64)
    cpu = trials["cpu_seconds"].to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(wall > 0, cpu / wall, np.nan))


def modes(ran_on: Floats) -> Floats:
    """Return 1 for one core, 2 for two or more, NaN between and where it is not known."""
    one, two = ran_on < ONE_CORE, ran_on > TWO_CORES
    return np.asarray(np.where(one, 1.0, np.where(two, 2.0, np.nan)))
