"""Blocks: planned cells that differ in one axis alone, the reference and its twin first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from runner.model import AXES, Arm, Block, Cell, Compare
from runner.plan.matching import Matcher

_Groups = Mapping[tuple[object, ...], Sequence[Arm]]
"""The arms of each block of a family, by what they share."""

_PREFIXES = {"workers": "w", "messages": "m"}


def family_matcher(compare: Compare) -> Matcher:
    """Return the matcher whose bit i says that a cell takes part in family i."""
    return Matcher(list(compare.families.values()))


def blocks(
    cells: Iterable[Cell], compare: Compare, references: Mapping[str, str]
) -> tuple[list[Block], list[str]]:
    """Return the blocks of every family over the planned cells, and a note for each family.

    `references` holds the reference of each compared axis; a block without it takes its first
    cell, which the notes tell. A cell that has nothing to be compared with in one family is
    measured there only if no other block holds it.
    """
    families = _families([Arm(cell) for cell in cells], compare)
    made = [
        _block(axis, shared, group, references.get(axis)) for axis, shared, group in _kept(families)
    ]
    notes = [note for axis in families for note in _strangers(axis, references.get(axis), made)]
    return made, notes


def _families(arms: Sequence[Arm], compare: Compare) -> Mapping[str, _Groups]:
    matcher = family_matcher(compare)
    masks = [matcher.mask(arm.cell) for arm in arms]
    families: dict[str, _Groups] = {}
    for number, axis in enumerate(compare.families):
        place, bit = AXES.index(axis), 1 << number
        groups: defaultdict[tuple[object, ...], list[Arm]] = defaultdict(list)
        for arm, mask in zip(arms, masks, strict=True):
            if mask & bit:
                cell = arm.cell
                groups[cell[:place] + cell[place + 1 :]].append(arm)
        families[axis] = groups
    return families


def _kept(
    families: Mapping[str, _Groups],
) -> Iterator[tuple[str, tuple[object, ...], Sequence[Arm]]]:
    """Yield family, shared values and arms of each block that holds something new."""
    groups = [
        (axis, shared, group) for axis, found in families.items() for shared, group in found.items()
    ]
    held: set[Arm] = set()
    if any(len(group) == 1 for _, _, group in groups):
        held.update(arm for _, _, group in groups if len(group) > 1 for arm in group)
    for axis, shared, group in groups:
        if len(group) > 1:
            yield axis, shared, group
        elif group[0] not in held:
            held.add(group[0])
            yield axis, shared, group


def _block(
    axis: str, shared: tuple[object, ...], group: Sequence[Arm], wanted: str | None
) -> Block:
    place = AXES.index(axis)
    reference = next((arm for arm in group if str(arm.cell[place]) == wanted), group[0])
    others = [arm for arm in group if arm is not reference]
    return Block(_id(axis, shared), axis, (reference, Arm(reference.cell, twin=True), *others))


def _id(family: str, shared: tuple[object, ...]) -> str:
    """Return family and shared values, as in `transport-3.11-fan_out-w2`, without defaults."""
    defaults = Cell._field_defaults
    parts = [family]
    for axis, value in zip((axis for axis in AXES if axis != family), shared, strict=True):
        if defaults.get(axis) != value:
            parts.append(f"{_PREFIXES.get(axis, '')}{value}")
    return "-".join(parts)


def _strangers(axis: str, wanted: str | None, made: Sequence[Block]) -> Iterator[str]:
    """Yield a note on the blocks of a family in which another cell is the reference."""
    place = AXES.index(axis)
    compared = [block for block in made if block.family == axis and len(block.arms) > 2]
    others = [block for block in compared if str(block.reference[place]) != wanted]
    if wanted is not None and others:
        example = f"{others[0].reference[place]} in {others[0].id}"
        yield (
            f"family {axis}: {wanted} cannot run in {len(others)} of {len(compared)} blocks; "
            f"there the first cell that can is the reference, as {example}"
        )
