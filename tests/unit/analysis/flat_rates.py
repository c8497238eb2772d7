"""Rates that hardly vary, and one that is not there."""

NOTHING = float("nan")


def flat(value: float, rounds: int = 20) -> list[float]:
    return [value + 0.001 * (i % 5) for i in range(rounds)]
