"""Which machines are virtual, as the facts of their runs tell."""

from collections.abc import Mapping, Sequence

from runner.model.testbed import mapping

CONTAINERS = ("docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "openvz", "rkt")
"""What a machine without virtualisation may still be: a container of its kernel."""


def virtualisation(runs: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Return what each machine's facts say of virtual machines, "" where they say nothing."""
    cpus = {str(run.get("machine")): mapping(mapping(run, "machine_facts"), "cpu") for run in runs}
    return {machine: str(cpu.get("virtualisation", "")) for machine, cpu in cpus.items()}


def is_virtual(kind: str) -> bool | None:
    """Return whether facts of a processor tell of a virtual machine; None where they do not say."""
    if kind in ("", "unknown"):
        return None
    return kind != "none" and kind.split(maxsplit=1)[0] not in CONTAINERS
