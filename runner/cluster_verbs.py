"""The verbs of a cluster: certificates, worker, scheduler, and the part that a driver asks for."""

from pathlib import Path
from typing import Any

import click

from runner import options


@click.command()
@click.argument("folder", type=options.path, metavar="DIR")
def keys(**given: Any) -> int:
    """Write the certificates of a cluster into DIR: its authority, scheduler, worker, client."""
    from runner.pipeline.clustering import make_keys

    return make_keys(**given)


@click.command()
@click.argument("address", type=options.name)
@options.keys
@options.machine
@click.option(
    "--spool",
    type=options.path,
    default=Path("ipcmatrix-spool"),
    show_default=True,
    metavar="DIR",
    help="Folder that keeps all measurements, whatever happens to network and driver.",
)
@click.option(
    "--share-kernel",
    type=options.name,
    metavar="NAME",
    help="Allow several workers on one kernel, as for a demonstration; those that name the same "
    "measure in turn.",
)
def worker(**given: Any) -> int:
    """Measure what the driver of a cluster asks for, until Ctrl-C.

    ADDRESS is that of the scheduler, as in tls://10.0.0.5:8786. The worker waits for it, also after
    it has gone.
    """
    from runner.pipeline.clustering import work

    return work(**given)


@click.command()
@click.argument("address", type=options.name)
@options.keys
def scheduler(**given: Any) -> int:
    """Run the scheduler of a cluster for several runs; ADDRESS is as in listen:10.0.0.5:8786.

    A run with --cluster listen:HOST:PORT needs none: it is its own.
    """
    from runner.pipeline.clustering import schedule

    return schedule(**given)


@click.command(hidden=True)
def part() -> int:
    """Measure a share of a run for a driver elsewhere: request on stdin, answers on stdout."""
    from runner.pipeline.part import part

    return part()


VERBS = (keys, worker, scheduler, part)
