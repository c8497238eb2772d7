"""The verbs `worker` and `scheduler`: Dask's own, with our settings, restarted for ever."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from runner import output
from runner.cluster.address import Address, security_of, unreachable
from runner.cluster.connection import SLOT, prepare_dask, scratch, without_http
from runner.errors import EnvironmentLacksError

LOOK_EVERY = 1.0
"""Seconds between two looks whether a scheduler is there."""


def work(address: Address, keys: Path | None, settings: dict[str, str]) -> int:
    """Measure for the drivers of a cluster until a signal; its scheduler may come and go."""
    prepare_dask()
    configure(settings)
    security = security_of(address, keys, "worker")

    async def serve(stop: asyncio.Event) -> None:
        _, worker = without_http()
        said = ""
        while not stop.is_set():
            lack = await asyncio.to_thread(unreachable, address, security, "worker")
            if lack and lack != said:
                output.say(f"waits for a scheduler at {address.url}: {lack}")
                if "certificate" in lack or "TLS" in lack:
                    message = "waiting does not help: end it, and start again"
                    raise EnvironmentLacksError(message)
            said = lack
            if lack:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_EVERY)
                continue
            await _once(worker, address, security, stop)

    return _until_signal(serve)


def configure(settings: dict[str, str]) -> None:
    """Set what this process's tasks go by: machine, spool, turn."""
    import dask

    dask.config.set({f"ipcmatrix.{name}": value for name, value in settings.items()})


async def _once(worker: type, address: Address, security: Any, stop: asyncio.Event) -> None:
    """Serve one scheduler as a worker until it has gone, or a stop is requested."""
    made = worker(
        address.url,
        security=security,
        nthreads=1,
        resources=dict(SLOT),
        memory_limit=0,
        dashboard=False,
        local_directory=scratch(),
        death_timeout=30,
    )
    try:
        await made
    except (OSError, TimeoutError, ValueError, RuntimeError):
        await asyncio.sleep(LOOK_EVERY)  # it went away between our look and this
        return
    output.say(f"works for the scheduler at {address.url}")
    ended, asked = (asyncio.ensure_future(one) for one in (made.finished(), stop.wait()))
    await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
    for one in (ended, asked):
        one.cancel()
    with suppress(Exception):
        await asyncio.wait_for(made.close(timeout=10, nanny=False), 15)


def schedule(address: Address, keys: Path | None) -> int:
    """Run a scheduler until a signal."""
    prepare_dask()
    security = security_of(address, keys, "scheduler")

    async def serve(stop: asyncio.Event) -> None:
        scheduler, _ = without_http()
        made = scheduler(
            protocol=f"{address.protocol}://",
            host=address.host,
            port=address.port,
            security=security,
            dashboard=False,
            local_directory=scratch(),
        )
        try:
            await made
        except (OSError, RuntimeError, ValueError) as error:
            message = f"{address.url}: cannot listen there: {error.__cause__ or error}"
            raise EnvironmentLacksError(message) from error
        output.say(f"scheduler at {address.url}")
        await stop.wait()
        with suppress(Exception):
            await made.close()

    return _until_signal(serve)


def _until_signal(serve: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> int:
    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop.set)
        await serve(stop)

    asyncio.run(run())
    sys.stdout.flush()
    return 0
