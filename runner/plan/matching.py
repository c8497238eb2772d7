"""Which of many points a cell matches, in a few look-ups a cell."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from runner.model import AXES, Cell

Conditions = Mapping[str, Container[str]]
"""On each axis named, the values that match."""


def as_written(value: str) -> tuple[str, ...]:
    """Return the text by which a value is matched: itself."""
    return (value,)


class _Masks(dict[object, int]):
    """For each value of one axis the bits of the points that it does not rule out."""

    def __init__(
        self, axis: str, points: Sequence[Conditions], spellings: Callable[[str], tuple[str, ...]]
    ) -> None:
        super().__init__()
        self.wanted = [point.get(axis) for point in points]
        self.spellings = spellings

    def __missing__(self, value: object) -> int:
        texts = self.spellings(str(value))
        self[value] = sum(
            1 << bit
            for bit, wanted in enumerate(self.wanted)
            if wanted is None or any(text in wanted for text in texts)
        )
        return self[value]


class Matcher:
    """Points against which many cells are held.

    `spellings` gives the texts by which an axis value is known; the value itself, else.
    """

    def __init__(
        self,
        points: Sequence[Conditions],
        spellings: Mapping[str, Callable[[str], tuple[str, ...]]] | None = None,
    ) -> None:
        self.size = len(points)
        self.everything = (1 << self.size) - 1
        self._axes = [
            (index, _Masks(axis, points, (spellings or {}).get(axis, as_written)))
            for index, axis in enumerate(AXES)
            if any(axis in point for point in points)
        ]

    def mask(self, cell: Cell) -> int:
        """Return a number whose bit i is set where the cell matches point i on every axis."""
        mask = self.everything
        for index, masks in self._axes:
            mask &= masks[cell[index]]
            if not mask:
                return 0
        return mask


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the set bits, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def first(mask: int) -> int:
    """Return the number of the lowest set bit of a mask that is not 0."""
    return (mask & -mask).bit_length() - 1
