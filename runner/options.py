"""Options that several verbs share, and checks of names on the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def name(value: str) -> str:
    """Return a name; refuse empty text, which comes from a script's variable that is not set."""
    if not value:
        message = "it is empty: name one, or leave the option out"
        raise click.BadParameter(message)
    return value


def path(value: str | Path) -> Path:
    """Return a path; refuse empty text."""
    return Path(name(str(value)))


def together(*chosen: Command) -> Callable[[Command], Command]:
    """Return one decorator for several options; --help lists them in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(chosen):
            command = option(command)
        return command

    return decorate


json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of text."
)
matrix = together(
    click.option(
        "--matrix",
        "matrix",
        type=path,
        help="Matrix file: what to measure and how. [default: matrix.yaml, or the one that comes "
        "with ipcmatrix]",
    ),
    click.option(
        "--profile",
        type=name,
        metavar="NAME",
        help="Profile to use. [default: the one set in the file]",
    ),
)
cells = together(
    click.option(
        "--only",
        multiple=True,
        metavar="AXIS=V,V",
        help="Measure only cells with these values, such as python=3.12,3.13; may be repeated.",
    ),
    click.option(
        "--skip",
        multiple=True,
        metavar="AXIS=V,V",
        help="Leave out cells with these values; may be repeated.",
    ),
    click.option(
        "--payload",
        multiple=True,
        metavar="NAME",
        help="Payload to measure instead of the matrix's: dict, ./messages.py:order; repeatable.",
    ),
    click.option(
        "--executor",
        type=name,
        metavar="NAME",
        help="local, docker, or auto: docker if every image is built.",
    ),
)
measuring = together(
    click.option(
        "--rounds", metavar="N", help="Maximum rounds of a block; a round runs each cell once."
    ),
    click.option(
        "--precision", metavar="5%", help="Stop a block once its intervals are within ± this."
    ),
    click.option(
        "--budget", metavar="3m", help="Maximum total time, including calibration (90s, 3m, 1h)."
    ),
    click.option(
        "--study",
        type=name,
        metavar="NAME",
        help="Also judge a study's claims, such as pipe_vs_queue.",
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
    help="Name of this machine in the run: its id, an id of this boot (for jobs, and clones of one "
    "image), or NAME.",
)
keys = together(
    click.option(
        "--keys",
        type=path,
        envvar="IPCMATRIX_KEYS",
        metavar="DIR",
        help="Certificates of the cluster, as `ipcmatrix keys DIR` made them.",
    ),
    click.option(
        "--insecure", is_flag=True, help="Without TLS; on a loopback address only, for trying it."
    ),
)
runs = click.argument("runs", nargs=-1, required=True, type=path)
