"""Options that several verbs share, and what a name on the command line is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def name(value: str) -> str:
    """Return a name; an empty text is a variable of a script that was not set."""
    if not value:
        message = "it is empty: name one, or leave the option out"
        raise click.BadParameter(message)
    return value


def path(value: str | Path) -> Path:
    """Return a path; empty text is none."""
    return Path(name(str(value)))


def together(*chosen: Command) -> Callable[[Command], Command]:
    """Return one decorator for several options, told in this order by --help."""

    def decorate(command: Command) -> Command:
        for option in reversed(chosen):
            command = option(command)
        return command

    return decorate


json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and no text.")
matrix = together(
    click.option(
        "--matrix",
        "matrix",
        type=path,
        help="The matrix file: what is measured and how. [default: matrix.yaml; the one that "
        "comes with ipcmatrix where there is none]",
    ),
    click.option(
        "--profile", type=name, metavar="NAME", help="Its profile, else the one that it names."
    ),
)
cells = together(
    click.option(
        "--only",
        multiple=True,
        metavar="AXIS=V,V",
        help="Only cells with these values, as python=3.12,3.13; may be repeated.",
    ),
    click.option(
        "--skip",
        multiple=True,
        metavar="AXIS=V,V",
        help="No cells with these values; may be repeated.",
    ),
    click.option(
        "--payload",
        multiple=True,
        metavar="NAME",
        help="Messages in place of the matrix's, as dict or ./messages.py:order; may be repeated.",
    ),
    click.option(
        "--executor",
        type=name,
        metavar="NAME",
        help="local, docker, or auto: docker with every image.",
    ),
)
measuring = together(
    click.option(
        "--rounds", metavar="N", help="Rounds of a block at most: in each, all cells once."
    ),
    click.option("--precision", metavar="5%", help="Stop a block when known to ± so much."),
    click.option("--budget", metavar="3m", help="Time at most, in s, m or h, calibration and all."),
    click.option(
        "--study", type=name, metavar="NAME", help="Judge a study's claims, as pipe_vs_queue."
    ),
    click.option("--seed", metavar="N", help="Seed of the order of trials."),
    click.option("--sessions", metavar="N", help="Number of measuring sessions."),
    click.option("--pause", metavar="10m", help="Pause between sessions."),
)
machine = click.option(
    "--machine",
    type=name,
    default="auto",
    show_default=True,
    metavar="auto|boot|NAME",
    help="What the run calls this machine: its id, an id of this start of it (for clones of one "
    "image, and jobs), or a name.",
)
runs = click.argument("runs", nargs=-1, required=True, type=path)
