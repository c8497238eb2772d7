"""Containers that nobody owns any more: found by label, and removed."""

import time

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from runner.engine import KIND, RUN, Client, owner_is_dead

CONFLICT = 409
"""The engine's answer where a removal is under way already."""
SETTLED_WITHIN = 2.0
"""Seconds for which an engine's own errors are put down to a container that is just ending."""


def clean(client: Client) -> list[str]:
    """Remove the containers of ours whose process has ended; return their ids.

    What carries no label of ours, or belongs to a living process or to another machine, is
    not touched.
    """
    listed = client.containers.list(
        all=True, ignore_removed=True, filters={"label": f"{KIND}=container"}
    )
    dead = [
        container
        for container in listed
        if owner_is_dead(container.labels, running=container.status == "running")
    ]
    return [str(container.id) for container in dead if remove(container)]


def remove_run(client: Client, run: str) -> list[str]:
    """Remove every container of one run; return their ids."""
    listed = client.containers.list(
        all=True, ignore_removed=True, filters={"label": f"{RUN}={run}"}
    )
    return [str(container.id) for container in listed if remove(container)]


def remove(container: Container) -> bool:
    """Kill and remove a container with its volumes; False where it has gone already.

    Podman answers 500 where the container ended between its look at it and its kill.
    """
    deadline = time.monotonic() + SETTLED_WITHIN
    while True:
        try:
            container.remove(force=True, v=True)
        except NotFound:
            return False
        except APIError as error:
            if error.status_code == CONFLICT:
                return False
            if not error.is_server_error() or time.monotonic() > deadline:
                raise
        else:
            return True
        time.sleep(0.1)
