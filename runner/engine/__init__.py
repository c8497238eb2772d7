"""The container engine: how it is reached, what it is, and what of it is ours."""

from runner.engine.attachment import Attached
from runner.engine.connection import (
    ENGINE_ERRORS,
    Client,
    address,
    available,
    brief,
    connect,
    describe,
    registry_lacks,
)
from runner.engine.ownership import KIND, RUN, owner_is_dead, owner_labels
from runner.engine.wanted import AddressError, wanted_address

__all__ = [
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
    "owner_is_dead",
    "owner_labels",
    "registry_lacks",
    "wanted_address",
]
