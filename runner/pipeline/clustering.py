"""`run --cluster`, and the verbs of a cluster: keys, worker, scheduler."""

import json
import os
import queue
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner import measure, output, process
from runner.cluster import keys as certificates
from runner.cluster import worker as workers
from runner.cluster.address import address_of
from runner.cluster.connection import connected, prepare_dask
from runner.cluster.meeting import packed
from runner.errors import BadInputError, EnvironmentLacksError
from runner.machine import facts
from runner.model import Matrix
from runner.model.parts import PackedFile, PartRequest
from runner.pipeline.driving import Driver
from runner.pipeline.progress import DRAW_EVERY, SAY_EVERY
from runner.pipeline.reading import Request, read_matrix
from runner.pipeline.report import Written, check_renderer, paths, write_report
from runner.pipeline.run_options import RunOptions, exit_code, new_run_id
from runner.runfolder.files import PARTS
from runner.runfolder.head import RUN, check_same_matrix, read_head
from runner.runfolder.journal import check_machine

SPOOL = "spool"
"""The folder of a run on `here` that is its machine's spool."""
HIDDEN = ("--cluster", "--keys", "--resume")
"""Flags whose values name addresses and places: no file of a run holds them."""


def run_on_cluster(options: RunOptions, machine: str, request: Request) -> int:
    """Measure a matrix on the machines of a cluster; return the exit code."""
    address = address_of(str(options.cluster), options.insecure)
    if not options.no_report:
        check_renderer()
    matrix = read_matrix(request)
    given: dict[str, Any] = {"machines": options.machines, "spread": options.spread}
    cluster = replace(matrix.cluster, **{name: one for name, one in given.items() if one})
    matrix = replace(matrix, cluster=cluster)
    if address.way != "here" and options.machine != "auto":
        message = "--machine names this machine, which is not measured: `ipcmatrix worker` takes it"
        raise BadInputError(message)
    folder = options.resume or options.out / new_run_id(matrix)
    if options.resume is not None:
        _check_begun(folder, matrix)
    check_writable(*(("--resume", folder) if options.resume else ("--out", options.out)))
    inbox: queue.Queue[Any] = queue.Queue()
    with connected(address, options.keys, inbox) as connect, measure.stop_on_signals() as stop:
        if address.way == "here":
            spool = str((folder / SPOOL).resolve())
            workers.configure({"machine": machine, "spool": spool, "turn": ""})
        wanted = request_of(matrix, request, folder)
        driver = Driver(matrix, folder, wanted, connect, inbox, stop)
        driver.alone = address.way == "here"
        with showing(driver, options.quiet) as show:
            done = driver.run(show)
    return _concluded(options, driver, folder, done)


def _check_begun(folder: Path, matrix: Matrix) -> None:
    """Raise BadInputError where a folder is no run of a cluster, or one of another matrix."""
    if os.path.lexists(folder / RUN):
        message = f"--resume {folder}: is a run of one machine: continue it without --cluster"
        raise BadInputError(message)
    if not any((folder / name).is_dir() for name in (PARTS, SPOOL)):
        message = f"--resume {folder}: is not a run of a cluster: it has no {PARTS}"
        raise BadInputError(message)
    for part in sorted((folder / PARTS).glob(f"*/{RUN}")):
        # Its trials are a copy: what they lack, or lacked when we were killed, the spool has.
        head = read_head(part.parent)
        if head["run"] != f"{folder.resolve().name}.{head['machine']}":
            message = (
                f"{part}: is of the run {head['run']}: only a folder that a run on a cluster made, "
                "under the name that it had, can be continued"
            )
            raise BadInputError(message)
        check_same_matrix(folder, head, matrix)


def request_of(matrix: Matrix, request: Request, folder: Path) -> PartRequest:
    """Return what every machine is asked, but for what differs from share to share."""
    return PartRequest(
        ask="plan",
        run=folder.resolve().name,
        machine="",
        source=process.argument(matrix.source),
        text=process.tilde(matrix.text),
        profile=matrix.profile,
        flags={
            name: list(value) if isinstance(value, tuple) else str(value)
            for name, value in request.flags.items()
            if name != "budget" and value != ()
        },
        command=command(sys.argv[1:]),
        files=[
            PackedFile(
                path=one.path,
                content=packed(one.content),
                functions=list(one.functions),
                plugin=one.plugin,
            )
            for one in matrix.files
        ],
    )


def command(words: Sequence[str]) -> list[str]:
    """Return the command line for the reader of run.json, without addresses and places."""
    kept, skip = ["ipcmatrix"], False
    for word in words:
        if skip:
            skip = False
        elif word in HIDDEN:
            skip = True
        elif word.partition("=")[0] not in HIDDEN:
            kept.append(process.argument(word))
    return kept


def _concluded(options: RunOptions, driver: Driver, folder: Path, done: bool) -> int:
    """Write the report of what there is, say what is lacking, and return the exit code."""
    measured = any(one.copy.ledger.blocks for one in driver.machines.values())
    written: Written | None = None
    if measured and not options.no_report:
        written = write_report([folder], folder)
    if options.as_json:
        found = {
            "version": 1,
            "run": str(folder),
            "ending": "done" if done else "interrupted",
            "measured": measured,
            "machines": [one.as_json() for one in driver.machines.values()],
            "lacks": driver.shares.lacks,
            "statuses": dict(written.findings.statuses) if written else None,
            "report": str(folder / "report.md") if written else None,
        }
        output.data(json.dumps(found))
    else:
        if written is not None:
            from runner.report import decided, terminal

            terminal.show(written.findings)
            for line in decided.lines(written.findings):
                output.line(line)
        for one in driver.machines.values():
            output.line(one.line)
        for line in paths(folder) if written else [f"run: {folder}"]:
            output.line(line)
    for lack in driver.shares.lacks:
        output.say(lack)
    if not done:
        if folder.exists():
            output.say(f"interrupted: continue with --resume {folder}")
        return 130
    if driver.shares.lacks or not measured:
        return 1
    return exit_code(written.findings.statuses) if written else 0


def check_writable(flag: str, folder: Path) -> None:
    """Raise EnvironmentLacksError where nothing can be written into a folder, there or not yet."""
    there = folder.absolute()
    while not os.path.lexists(there):
        there = there.parent
    lack = "" if there.is_dir() else "is not a folder"
    if lack or not os.access(there, os.W_OK | os.X_OK):
        what = f"{there} {lack or 'cannot be written to'}"
        message = f"{flag} {folder}: {what}: name a folder of your own"
        raise EnvironmentLacksError(message)


@contextmanager
def showing(driver: Driver, quiet: bool) -> Iterator[Callable[[], None]]:
    """Yield what shows a line for each machine: drawn on a terminal, else printed now and then."""
    console = output.console(stderr=True)
    last = time.monotonic()

    def due(seconds: float) -> bool:
        nonlocal last
        if time.monotonic() - last < seconds:
            return False
        last = time.monotonic()
        return True

    def lines() -> list[str]:
        return [output.short(output.visible(one.line)) for one in driver.machines.values()]

    if quiet:
        yield lambda: None
    elif console.is_terminal:
        from rich.live import Live
        from rich.text import Text

        with Live(console=console, auto_refresh=False, transient=True) as live:
            yield (
                lambda: (
                    live.update(Text("\n".join(lines())), refresh=True) if due(DRAW_EVERY) else None
                )
            )
    else:

        def say() -> None:
            for line in lines() if due(SAY_EVERY) else ():
                output.say(line)

        yield say


def make_keys(*, folder: Path) -> int:
    """Write the certificates of a cluster."""
    prepare_dask()
    for path in certificates.write(folder):
        output.line(path)
    output.say(
        f"whoever has {folder} may run anything on every machine of the cluster; give a worker "
        "ca.pem and worker.pem only, and make new keys for another cluster"
    )
    return 0


def work(
    *,
    address: str,
    keys: Path | None,
    insecure: bool,
    machine: str,
    spool: Path,
    share_kernel: str | None,
) -> int:
    """Measure what drivers ask for until a signal."""
    wanted = "the address of a scheduler, as in tls://10.0.0.5:8786"
    where = address_of(address, insecure, wanted)
    if where.way != "address" or where.file:
        message = f"{address}: a worker needs {wanted}"
        raise BadInputError(message)
    name = check_machine(facts.machine_name(machine))
    check_writable("--spool", spool)
    process.sweep()  # temporary folders of agents that were killed here
    settings = {"machine": name, "spool": str(spool.resolve()), "turn": share_kernel or ""}
    return workers.work(where, keys, settings)


def schedule(*, address: str, keys: Path | None, insecure: bool) -> int:
    """Run the scheduler of a cluster until a signal."""
    wanted = "where to listen, as in listen:10.0.0.5:8786"
    where = address_of(address, insecure, wanted)
    if where.way != "listen":
        message = f"{address}: a scheduler needs {wanted}"
        raise BadInputError(message)
    process.sweep()  # of a scheduler that was killed here
    return workers.schedule(where, keys)
