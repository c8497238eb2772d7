"""The interpreters of this machine: found, asked what they are, and chosen by name."""

from runner.interpreters.choice import left_out, missing, names, resolve, sort
from runner.interpreters.finding import find

__all__ = ["find", "left_out", "missing", "names", "resolve", "sort"]
