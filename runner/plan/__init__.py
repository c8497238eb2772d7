"""Matrix and capabilities → Plan: product, exclude, include, statuses and blocks; pure."""

from runner.plan.interpreters import pythons_of, resolve_pythons
from runner.plan.planning import plan

__all__ = ["plan", "pythons_of", "resolve_pythons"]
