"""Questions of semantics: one file a probe, loaded by name.

A probe module has SUMMARY (the question), supported() ("" or the reason) and run(), which returns
what `said` makes. The guard runs it under a deadline; a question that expects a hang bounds it.
"""

from __future__ import absolute_import, print_function

import importlib

NAMES = (
    "join_before_drain_queue",
    "join_before_drain_simple_queue",
    "join_before_drain_pipe",
    "join_before_drain_manager",
    "join_before_drain_cancelled",
    "exit_before_drain",
    "empty_after_put",
    "order_one_producer",
    "order_several_producers",
    "queue_to_pool_method",
    "manager_proxy_to_pool",
    "queue_by_initializer",
    "queue_shared_by_all",
    "shared_pipe_readers",
    "shared_pipe_writers",
    "shared_pipe_locked",
    "pipe_full_duplex",
    "pipe_simplex_one_way",
    "pipe_capacity",
    "send_blocks",
    "put_returns_early",
    "recv_on_empty_blocks",
    "queue_two_ways",
    "queue_built_on_pipe",
    "queue_feeder_thread",
    "pipe_and_queue_surface",
    "send_pickles",
    "mutate_after_put",
    "unpicklable_put",
    "child_exception_stderr",
    "child_exception_seen",
    "pool_exception_stderr",
    "manager_queue_worker_death",
    "queue_worker_death",
    "default_start_method",
    "joinable_counts",
    "one_thread_at_once",
    "threads_overlap_io",
)


class UnknownProbe(ValueError):
    """Unknown name of a probe."""


def load(name):
    """Return the module of a probe; UnknownProbe lists the known ones."""
    if name not in NAMES:
        raise UnknownProbe("unknown probe %r; known: %s" % (name, ", ".join(NAMES)))
    return importlib.import_module("probes." + name)


def said(truth, detail, **figures):
    """Return a probe's answer: yes or no, with its detail and its numbers."""
    return {"answer": "yes" if truth else "no", "detail": detail, "figures": figures}
