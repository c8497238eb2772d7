"""Recorded series as arrays: lists, tuples and arrays of any numbers, with None where unknown.

It needs numpy, and is imported by name.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Series = Floats | Sequence[float | None]
"""Values in the order of rounds or trials; NaN or None where one is not known."""


def as_known(series: Series) -> Floats:
    """Return it with NaN where a value is not known: None, NaN, or infinite, as no rate is."""
    values = np.asarray(series, dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def only_known(series: Series) -> Floats:
    """Return the values that are known, in their order."""
    values = np.asarray(series, dtype=np.float64)
    return np.asarray(values[np.isfinite(values)])
