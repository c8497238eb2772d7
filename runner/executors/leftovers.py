"""Containers that nobody owns any more: found by label, and removed."""

import time

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from runner import engine
from runner.engine import KIND, RUN, Client, engine_time, is_given_up, owner_lives
from runner.errors import EnvironmentLacksError
from runner.process import Swept

CONFLICT = 409
"""The engine's answer where a removal is under way already."""
SETTLED_WITHIN = 2.0
"""Seconds for which an engine's own errors are put down to a container that is just ending."""


def clean_up() -> Swept:
    """Clean the engine that is wanted; EnvironmentLacksError where none answers."""
    client = engine.connect()
    try:
        return clean(client)
    except engine.ENGINE_ERRORS as error:
        message = f"the engine at {engine.wanted_address()} went silent: {engine.brief(error)}"
        raise EnvironmentLacksError(message) from error
    finally:
        client.close()


def clean(client: Client) -> Swept:
    """Remove the containers of ours that nobody owns any more; say which, and what was left.

    Those whose owner is seen to have ended, and those of owners that cannot be seen from here
    (another machine, another container) once they have ended an hour ago. What carries no label
    of ours is not looked at.
    """
    now = engine_time(str(client.info()["SystemTime"]))
    listed = client.containers.list(
        all=True, ignore_removed=True, filters={"label": f"{KIND}=container"}
    )
    swept = Swept([], [])
    for container in listed:
        lives = owner_lives(container.labels)
        if lives is None:
            left = "its owner cannot be seen from here"
            lives = not is_given_up(container.attrs["State"], container.attrs["Created"], now)
        else:
            left = "in use"
        if lives:
            swept.left.append((str(container.id), left))
        elif remove(container):
            swept.removed.append(str(container.id))
    return swept


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
