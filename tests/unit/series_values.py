"""Series of values for the tests of the statistics."""

from random import Random

from hypothesis import strategies as st

FINITE = st.floats(-5, 5, allow_nan=False).map(lambda value: round(value, 2))
SERIES = st.lists(FINITE, min_size=6, max_size=80)


def normal(n: int, seed: int = 1, middle: float = 0.0, sd: float = 1.0) -> list[float]:
    random = Random(seed)
    return [random.gauss(middle, sd) for _ in range(n)]
