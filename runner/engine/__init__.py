"""The container engine: how to reach it, what it is, and what in it is ours."""

from runner.engine.connection import (
    CGROUP_CONTROLS,
    CONFLICT,
    ENGINE_ERRORS,
    Attached,
    Client,
    address,
    available,
    brief,
    connect,
    describe,
    lacks_only_the_image,
    registry_lacks,
)
from runner.engine.ownership import KIND, RUN, engine_time, is_given_up, owner_labels, owner_lives
from runner.engine.wanted import AddressError, wanted_address

__all__ = [
    "CGROUP_CONTROLS",
    "CONFLICT",
    "ENGINE_ERRORS",
    "KIND",
    "RUN",
    "AddressError",
    "Attached",
    "Client",
    "address",
    "available",
    "brief",
    "connect",
    "describe",
    "engine_time",
    "is_given_up",
    "lacks_only_the_image",
    "owner_labels",
    "owner_lives",
    "registry_lacks",
    "wanted_address",
]
