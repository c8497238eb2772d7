"""Matrix and capabilities → Plan: product, exclude, include, statuses and blocks; pure."""

from runner.plan.interpreters import named_pythons, pythons_of, resolve_pythons
from runner.plan.planning import plan

__all__ = ["named_pythons", "plan", "pythons_of", "resolve_pythons"]
