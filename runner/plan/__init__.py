"""Matrix and capabilities → Plan: product, exclude, include, statuses and blocks; pure."""

from runner.plan.interpreters import FOUND, pythons_of, resolve_pythons
from runner.plan.planning import plan

__all__ = ["FOUND", "plan", "pythons_of", "resolve_pythons"]
