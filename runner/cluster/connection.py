"""The driver's connection to a cluster, and every setting of Dask that we need."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from runner.cluster.address import Address, address_of, security_of, unreachable
from runner.errors import BadInputError, EnvironmentLacksError, IpcmatrixError
from runner.process import hold_until_exit

SETTINGS: Mapping[str, Any] = {
    # An idle worker would use 4 % of a core while trials run.
    "distributed.admin.tick.interval": "10s",
    "distributed.admin.tick.limit": "60s",
    "distributed.admin.low-level-log-length": 100,
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.worker.memory.monitor-interval": "10s",
    "distributed.scheduler.active-memory-manager.start": False,
    # What was lost is begun again by us, who know what its spool holds.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.worker-ttl": "60s",
    "distributed.comm.timeouts.connect": "10s",
    "distributed.diagnostics.nvml": False,
}
SLOT: Mapping[str, float] = {"slot": 1}
"""A worker measures one share at a time."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something that gave no answer, and why; `unfit` where it never will."""

    why: str
    unfit: bool = False


class Called(NamedTuple):
    """The answer to a call, or why there is none."""

    what: str
    address: str
    answer: Any


def prepare_dask() -> None:
    """Apply our settings of Dask; EnvironmentLacksError where the extra `cluster` is missing."""
    try:
        import cryptography
        import distributed
    except ImportError as error:
        message = f"no module {error.name}: pip install 'ipcmatrix[cluster]'"
        raise EnvironmentLacksError(message) from error
    del cryptography, distributed
    import dask

    settings: dict[str, Any] = {}
    for name, value in SETTINGS.items():
        *parents, last = name.split(".")
        place = settings
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    dask.config.update_defaults(settings)  # a file or a variable of the user's goes before ours
    # Dask's own words about a lost connection are tracebacks; ours are where it matters.
    logging.disable(logging.CRITICAL)


class Link:
    """A driver's connection: who is there, calls, tasks. What comes of them goes into `inbox`."""

    def __init__(self, client: Any, inbox: "queue.Queue[Any]") -> None:
        self._client = client
        self._inbox = inbox

    @property
    def name(self) -> str:
        """What no other connection of this process is called."""
        return str(self._client.id)

    @property
    def alive(self) -> bool:
        """Whether the scheduler is there."""
        return str(self._client.status) == "running"

    def workers(self) -> dict[str, bool] | None:
        """Return the addresses of the workers, and whether they offer a slot; None if unknown."""
        try:
            known = self._client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, TimeoutError, RuntimeError, ValueError):
            return None
        return {name: one["resources"].get("slot") == 1 for name, one in known.items()}

    def ask(self, address: str, function: Callable[..., Any], *given: Any) -> Any:
        """Return what a function gives in a worker's event loop; EnvironmentLacksError if nothing.

        It may wait for ever for a frozen worker: call it from a thread.
        """
        try:
            found = self._client.run(function, *given, workers=[address], on_error="return")
            answer = found[address]
        except Exception as error:
            answer = error
        if isinstance(answer, BaseException):
            raise EnvironmentLacksError(reason_of(answer)) from answer
        return answer

    def later(self, what: str, address: str, work: Callable[[], Any]) -> None:
        """Do something in a thread; what comes of it is put into the inbox as `Called`."""

        def run() -> None:
            try:
                answer = work()
            except IpcmatrixError as error:
                answer = Failed(str(error), isinstance(error, BadInputError))
            except Exception as error:  # whoever waits for an answer must get one
                answer = Failed(reason_of(error))
            self._inbox.put(Called(what, address, answer))

        threading.Thread(target=run, daemon=True).start()

    def submit(self, address: str, key: str, function: Callable[..., Any], *given: Any) -> Any:
        """Give a worker a task; it is pinned there, never tried again and never stolen.

        Its end puts an event without lines into the inbox, so that whoever waits there looks.
        """
        future = self._client.submit(
            function,
            *given,
            key=key,
            workers=[address],
            allow_other_workers=False,
            resources=dict(SLOT),
            retries=0,
            pure=False,
        )
        future.add_done_callback(lambda _: self._inbox.put({"key": "", "lines": []}))
        return future

    def ask_scheduler(self, function: Callable[[], Any]) -> Any:
        """Return what a function gives in the scheduler; EnvironmentLacksError says why not."""
        try:
            return self._client.run_on_scheduler(function)
        except Exception as error:
            message = f"the scheduler cannot be used: {reason_of(error)}"
            raise EnvironmentLacksError(message) from error

    def subscribe(self, topic: str) -> None:
        """Have the events of a topic put into the inbox."""
        self._client.subscribe_topic(topic, lambda event: self._inbox.put(event[1]))


def reason_of(error: BaseException) -> str:
    """Return an error of a cluster in our words."""
    name, text = type(error).__name__, str(error).strip().partition("\n")[0]
    if isinstance(error, ImportError) or "deserializ" in text.lower():
        return (
            "it has no ipcmatrix of this version: pip install the same ipcmatrix[cluster] on the "
            "scheduler and on every worker"
        )
    if name == "KilledWorker":
        return "the worker ended, or did not answer"
    return f"{name}: {text}" if text else name


@contextmanager
def connected(
    address: Address, keys: Path | None, inbox: "queue.Queue[Any]"
) -> Iterator[Callable[[], Link]]:
    """Yield a function that connects, and connects again after the scheduler has gone.

    For `here` and `listen` the scheduler runs in this process, until the end of the block.
    """
    prepare_dask()
    from distributed import Client

    security = security_of(address, keys, "client")
    clients: list[Any] = []
    cluster: Any = None
    try:
        if address.way in ("here", "listen"):
            cluster = _own_cluster(address, security)

        def connect() -> Link:
            for old in clients:
                with suppress(Exception):
                    old.close(timeout=1)
            target, at = cluster, address
            if cluster is None:
                if address.file:  # of a scheduler that was started again
                    at = _again(address)
                target = at.url
                if lack := unreachable(at, security, "client"):
                    message = f"--cluster {at.file or at.url}: {lack}"
                    raise EnvironmentLacksError(message)
            try:
                client = Client(target, security=security, timeout=10, set_as_default=False)
            except (OSError, ValueError, TypeError) as error:
                where = at.file or at.url
                message = f"--cluster {where}: no scheduler answers: {reason_of(error)}"
                raise EnvironmentLacksError(message) from error
            clients.append(client)
            return Link(client, inbox)

        yield connect
    finally:
        for client in clients:
            with suppress(Exception):
                client.close(timeout=2)
        if cluster is not None:
            with suppress(Exception):
                cluster.close(timeout=5)


def _again(address: Address) -> Address:
    """Return where a scheduler file says that the scheduler is now."""
    try:
        return address_of(address.file, address.protocol == "tcp")
    except BadInputError as error:
        raise EnvironmentLacksError(str(error)) from error


def _own_cluster(address: Address, security: Any) -> Any:
    """Return a scheduler in this process, and for `here` a worker too, without a socket."""
    from distributed import SpecCluster

    quiet_scheduler, quiet_worker = without_http()
    here = address.way == "here"
    options = {
        "protocol": "inproc://" if here else f"{address.protocol}://",
        "security": security,
        "dashboard": False,
        "local_directory": scratch(),
    }
    if not here:
        options |= {"host": address.host, "port": address.port}
    workers = {}
    if here:
        own = {"protocol": "inproc://", "nthreads": 1, "resources": dict(SLOT)}
        own |= {"memory_limit": 0, "dashboard": False, "local_directory": scratch()}
        workers = {"here": {"cls": quiet_worker, "options": own}}
    try:
        return SpecCluster(
            workers=workers,
            scheduler={"cls": quiet_scheduler, "options": options},
            security=security,
            silence_logs=False,
        )
    except (OSError, RuntimeError, ValueError) as error:
        cause = error.__cause__ or error
        message = f"--cluster listen:{address.host}:{address.port}: cannot listen there: {cause}"
        raise EnvironmentLacksError(message) from error


@cache
def scratch() -> str:
    """Return the folder for what Dask writes; the next run removes it if we are killed."""
    return str(hold_until_exit("work").path)


def without_http() -> tuple[type, type]:
    """Return Dask's Scheduler and Worker without their HTTP servers, which do not know our TLS."""
    from distributed import Scheduler, Worker

    def none(_self: Any, *_given: Any, **_named: Any) -> None:
        """Serve nothing over HTTP."""

    return (
        type("Scheduler", (Scheduler,), {"start_http_server": none}),
        type("Worker", (Worker,), {"start_http_server": none}),
    )
