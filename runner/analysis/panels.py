"""Trials as arrays: what each arm of a block reached in each complete round.

A *unit* is one block in one sitting of one machine: the largest thing inside which ratios may be
formed. Units with as many arms and about as many rounds are gathered in one panel.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runner.analysis.contamination import contaminated, signs_of
from runner.analysis.trials import Flags, Floats, Wholes, axis_codes, column_of, combine, dense
from runner.model import AXES, Measure

CLOCKS: Mapping[str, str] = {
    "fair": "seconds",
    "producer": "producer_seconds",
    "joined": "joined_seconds",
    "cpu": "cpu_seconds",
}
"""The clocks and the columns that they are read from."""

OF_ROUNDS = ("load", "contaminated")
"""What a round has one of, whichever of its trials is asked."""

ONE_CORE, TWO_CORES = 1.25, 1.4
"""CPU over wall: below the first a trial ran on one core, above the second on two or more."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of each machine and their arms, numbered; the numbers sort as the matrix does.

    `block_of`, `arm_of` and `round_of` say for each measured trial of a complete round its block,
    its arm in the block (the reference 0, its twin 1 where there is one) and its round.
    """

    trials: pd.DataFrame
    heads: pd.DataFrame
    arms: Sequence[Sequence[str]]
    has_twin: Sequence[bool]
    block_of: Wholes
    arm_of: Wholes
    unit_of: Wholes
    units: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Panel:
    """Units with equally many arms: arrays (unit, arm, round), NaN where a trial was not ok.

    `units` indexes Blocks.units; `rates` holds ln messages per second by clock; `place` the place
    in the round's order; `mode` 1 for one core, 2 for two, NaN between; (unit, round): `load` the
    foreign CPU before, `contaminated` 1 or 0.
    """

    units: Wholes
    has_twin: bool
    rates: Mapping[str, Floats]
    place: Floats
    mode: Floats
    load: Floats
    contaminated: Floats


def complete_rounds(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the measured trials whose round has all its trials."""
    measured = trials[trials["phase"] == "measure"]
    if measured.empty:
        return measured
    names = ("machine", "sitting", "block", "round")
    number, _ = dense(combine([axis_codes(measured, name) for name in names]))
    complete = np.bincount(number)[number] == measured["round_size"].to_numpy()
    return measured if complete.all() else measured[complete]


def blocks_of(complete: pd.DataFrame, references: Mapping[str, str]) -> Blocks:
    """Return the blocks of trials in complete rounds.

    A block's reference is the arm that has a twin; without one, the arm that `references` (axis →
    value) names, and failing that the first in the order of the matrix.
    """
    machine, block = axis_codes(complete, "machine"), axis_codes(complete, "block")
    block_of, first = dense(combine([machine, _in_order_of_matrix(complete, block)]))
    unit_of, unit_first = dense(combine([block_of, axis_codes(complete, "sitting")]))
    units = pd.DataFrame(
        {
            "block": block_of[unit_first],
            "sitting": complete["sitting"].to_numpy()[unit_first],
            "machine": complete["machine"].iloc[unit_first].astype(object).to_numpy(),
        }
    )
    heads = complete.iloc[first]
    value = _arm_values(complete)
    twin = complete["twin"].to_numpy(dtype=np.int64)
    arm, arm_first = dense(combine([block_of, value, twin]))
    places, labels, has_twin = _place_arms(complete, block_of, value, twin, arm_first, references)
    return Blocks(complete, heads, labels, has_twin, block_of, places[arm], unit_of, units)


def _in_order_of_matrix(frame: pd.DataFrame, block: Wholes) -> Wholes:
    """Return the blocks' numbers in the order of family and axes of their first trial."""
    number, first = dense(block)
    heads = frame.iloc[first]
    keys = [axis_codes(heads, name) for name in ("family", *map(column_of, AXES))]
    order = np.lexsort(keys[::-1])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[number]


def _arm_values(frame: pd.DataFrame) -> Wholes:
    """Return each trial's value on the axis that its block compares, as a sorting number."""
    result = np.zeros(len(frame), dtype=np.int64)
    family = frame["family"].astype("category").cat
    numbers = family.codes.to_numpy()
    for number, axis in enumerate(family.categories):
        codes = axis_codes(frame, column_of(str(axis)))
        result = np.where(numbers == number, codes, result)
    return result


def _place_arms(
    frame: pd.DataFrame,
    block_of: Wholes,
    value: Wholes,
    twin: Wholes,
    first: Wholes,
    references: Mapping[str, str],
) -> tuple[Wholes, list[list[str]], list[bool]]:
    """Return each arm's place in its block, the blocks' arm names in that order, and twins."""
    arms = pd.DataFrame(
        {
            "block": block_of[first],
            "value": value[first],
            "twin": twin[first],
            "family": frame["family"].iloc[first].astype(object).to_numpy(),
        }
    )
    arms["name"] = _names(frame, arms["family"].tolist(), first)
    fallback = [
        references.get(family) == name
        for family, name in zip(arms["family"], arms["name"], strict=True)
    ]
    is_twin = arms["twin"].to_numpy() == 1
    block = arms["block"].to_numpy()
    reference = _references(arms, is_twin, np.array(fallback, dtype=np.bool_))
    is_reference = (arms["value"].to_numpy() == reference[block]) & ~is_twin
    order = np.lexsort([arms["value"].to_numpy(np.int64), ~is_twin, ~is_reference, block])
    sizes = np.bincount(block)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    places = np.empty(len(arms), dtype=np.int64)
    places[order] = np.arange(len(arms)) - starts[block[order]]
    ordered = arms["name"].to_numpy()[order]
    labels = [list(part) for part in np.split(ordered, starts[1:]) if len(part)]
    return places, labels, (np.bincount(block, weights=is_twin) > 0).tolist()


def _names(frame: pd.DataFrame, families: Sequence[str], rows: Wholes) -> list[str]:
    """Return the rows' values on the axes of their families."""
    columns = {axis: frame[column_of(axis)].to_numpy(dtype=object) for axis in set(families)}
    return [str(columns[axis][row]) for axis, row in zip(families, rows, strict=True)]


def _references(arms: pd.DataFrame, is_twin: Flags, named: Flags) -> Wholes:
    """Return each block's reference value: the twin's, else the one named, else the first."""
    block, value = arms["block"].to_numpy(), arms["value"].to_numpy()
    result = np.zeros(int(block.max()) + 1 if len(block) else 0, dtype=np.int64)
    for chosen in (np.ones(len(arms), dtype=np.bool_), named, is_twin):
        # Backwards, so that the first of a block stays.
        at = np.flatnonzero(chosen)[::-1]
        result[block[at]] = value[at]
    return result


def panels(blocks: Blocks, gate_load: float = Measure().gate_load) -> Iterator[Panel]:
    """Yield the units gathered by number of arms, twin, and rounds to the next power of two."""
    trials = blocks.trials
    key = combine([blocks.unit_of, axis_codes(trials, "round")])
    number, first = dense(key)
    unit_of_round = blocks.unit_of[first]
    rounds = np.bincount(unit_of_round, minlength=len(blocks.units))
    starts = np.concatenate([[0], np.cumsum(rounds)[:-1]])
    round_of = number - starts[blocks.unit_of]
    values = _values(trials)
    values["contaminated"] = contaminated(signs_of(trials, number, gate_load))
    block = blocks.units["block"].to_numpy()
    arms = np.array([len(names) for names in blocks.arms])[block]
    twin = np.array(blocks.has_twin)[block]
    bits = np.ceil(np.log2(np.maximum(rounds, 1))).astype(np.int64)
    bucket, heads = dense(combine([arms, twin.astype(np.int64), bits]))
    for place, head in enumerate(heads):
        members = np.flatnonzero(bucket == place)
        local = np.full(len(blocks.units), -1)
        local[members] = np.arange(len(members))
        rows = np.flatnonzero(local[blocks.unit_of] >= 0)
        shape = (len(members), int(arms[head]), int(rounds[members].max()))
        at = (local[blocks.unit_of[rows]], blocks.arm_of[rows], round_of[rows])
        yield _panel(members, bool(twin[head]), shape, at, {k: v[rows] for k, v in values.items()})


def _panel(
    members: Wholes,
    has_twin: bool,
    shape: tuple[int, int, int],
    at: tuple[Wholes, Wholes, Wholes],
    values: Mapping[str, Floats],
) -> Panel:
    filled = {}
    for name, figures in values.items():
        flat = np.full((shape[0], shape[2]) if name in OF_ROUNDS else shape, np.nan)
        flat[(at[0], at[2]) if name in OF_ROUNDS else at] = figures
        filled[name] = flat
    rates = {clock: filled[clock] for clock in CLOCKS}
    others = ("place", "mode", *OF_ROUNDS)
    return Panel(members, has_twin, rates, *(filled[name] for name in others))


def _values(trials: pd.DataFrame) -> dict[str, Floats]:
    """Return ln rates by clock, place, mode and load of each trial; NaN where it was not ok."""
    ok = (trials["status"] == "ok").to_numpy()
    messages = trials["messages"].to_numpy(dtype=np.float64)
    result = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for clock, column in CLOCKS.items():
            seconds = trials[column].to_numpy(dtype=np.float64)
            sound = ok & (seconds > 0)
            result[clock] = np.where(sound, np.log(messages / seconds), np.nan)
    result["place"] = trials["trial"].to_numpy(dtype=np.float64)
    result["mode"] = np.where(ok, modes(cores(trials)), np.nan)
    result["load"] = trials["foreign_cpu"].to_numpy(dtype=np.float64)
    return result


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
