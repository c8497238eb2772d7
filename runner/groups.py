"""The verbs that come in groups: `packages`, `images`, `export`."""

from typing import Any

import click

from runner import options


@click.group(cls=options.Verbs)
def packages() -> None:
    """Install optional packages for the interpreters of this machine, in a folder of ours."""


@packages.command("install")
@options.matrix
@options.cells
@options.json
def install_packages(**given: Any) -> int:
    """Install the packages that the matrix names for the interpreters here.

    With each interpreter's own pip, or uv, into ~/.cache/ipcmatrix/packages; the interpreter and
    its user's packages are not touched. The executor local finds them there.
    """
    from runner.pipeline.packages import install_packages

    return install_packages(**given)


@click.group(cls=options.Verbs)
def images() -> None:
    """Build, push, pull, list and prune the images of the docker executor."""


@images.command("build")
@options.matrix
@options.cells
@options.quiet
def build_images(**given: Any) -> int:
    """Build the image of every interpreter of the matrix that has none yet."""
    from runner.pipeline.images import build_images

    return build_images(**given)


@images.command("push")
@options.matrix
@options.cells
@options.quiet
@options.json
def push_images(**given: Any) -> int:
    """Push the built images to the repository images.registry; print each with its digest.

    Credentials are those of the engine's own command line (`docker login`).
    """
    from runner.pipeline.images import push_images

    return push_images(**given)


@images.command("pull")
@options.matrix
@options.cells
@options.quiet
@options.json
def pull_images(**given: Any) -> int:
    """Pull what was pushed for this matrix, by digest; `run` does so by itself."""
    from runner.pipeline.images import pull_images

    return pull_images(**given)


@images.command("list")
@options.json
def list_images(**given: Any) -> int:
    """List the images that `ipcmatrix images build` made."""
    from runner.pipeline.images import list_images

    return list_images(**given)


@images.command("prune")
@click.option("--all", "everything", is_flag=True, help="Remove those that the matrix needs, too.")
@options.matrix
def prune_images(**given: Any) -> int:
    """Remove our images that the matrix no longer needs; others are never touched."""
    from runner.pipeline.images import prune_images

    return prune_images(**given)


@click.group(cls=options.Verbs)
def export() -> None:
    """Write a matrix for other programs to run."""


@export.command("kubernetes")
@click.option(
    "--shards", type=click.IntRange(min=1, max=10_000), required=True, help="Nodes to measure on."
)
@click.option("--image", type=options.name, required=True, help="Image with ipcmatrix in it.")
@click.option("--claim", type=options.name, required=True, help="Volume claim for the results.")
@click.option("--name", default="ipcmatrix", show_default=True, help="Name of the Job.")
@click.option("--budget", default="30m", show_default=True, help="Maximum time for each shard.")
@click.option(
    "--cpus", type=click.IntRange(min=1), default=2, show_default=True, help="Cores of each pod."
)
@options.matrix
def export_kubernetes(**given: Any) -> int:
    """Print an Indexed Job, and a ConfigMap with the matrix: a shard on each node.

    The pods measure the image's interpreters with the local executor. A replacement pod continues
    what its shard left in the claim. Afterwards, `ipcmatrix merge` makes one run of the folders
    there.
    """
    from runner.pipeline.export import export_kubernetes

    return export_kubernetes(**given)


GROUPS = (packages, images, export)
