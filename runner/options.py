"""Options that several verbs share, and checks of names on the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

Command = Callable[..., Any]


class Verbs(click.Group):
    """A group whose help has the whole first sentence of each verb, wrapped and not cut."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, one.get_short_help_str(10_000))
                    for name, one in found
                    if one and not one.hidden
                ]
            )


def name(value: str) -> str:
    """Return a name; refuse empty text, which comes from a script's variable that is not set."""
    if not value:
        message = "it is empty: name one, or leave the option out"
        raise click.BadParameter(message)
    return value


def path(value: str | Path) -> Path:
    """Return a path; refuse empty text."""
    return Path(name(str(value)))


def pictures(value: str) -> tuple[str, ...]:
    """Return the formats of pictures, as in svg,png; refuse any other."""
    known = ("svg", "png")
    given = tuple(dict.fromkeys(one.strip() for one in str(value).split(",")))
    for one in given:
        if one not in known:
            message = f"{one!r} is not a format of pictures; known: {', '.join(known)}"
            raise click.BadParameter(message)
    return given


def together(*chosen: Command) -> Callable[[Command], Command]:
    """Return one decorator for several options; --help lists them in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(chosen):
            command = option(command)
        return command

    return decorate


def completed(by: str) -> Callable[..., list[CompletionItem]]:
    """Return what completes a value, by a function of pipeline/completing.py."""

    def complete(
        context: click.Context, _parameter: click.Parameter, begun: str
    ) -> list[CompletionItem]:
        from runner.pipeline import completing

        found: list[CompletionItem] = getattr(completing, by)(context.params, begun)
        return found

    return complete


json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of text."
)
quiet = click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
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
        shell_complete=completed("profiles"),
        help="Profile to use. [default: the one set in the file]",
    ),
)
cells = together(
    click.option(
        "--only",
        multiple=True,
        metavar="AXIS=V,V",
        shell_complete=completed("axis_values"),
        help="Measure only cells with these values, such as python=2.7,newest; may be repeated.",
    ),
    click.option(
        "--skip",
        multiple=True,
        metavar="AXIS=V,V",
        shell_complete=completed("axis_values"),
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
resume = together(
    click.option("--resume", type=path, metavar="RUN", help="Continue an interrupted run."),
    click.option(
        "--resume-or-begin",
        is_flag=True,
        help="Continue this machine's run of the same matrix and shard in --out, or begin one: for "
        "jobs that are retried.",
    ),
)
shard = together(
    click.option("--shard", type=name, metavar="I/N", help="Measure only shard I (from 1) of N."),
    click.option(
        "--shard-index",
        type=click.IntRange(0, 999_999),
        metavar="I",
        help="The same, counted from 0, with --shards N: for Indexed Jobs.",
    ),
    click.option(
        "--shards", type=click.IntRange(1, 999_999), metavar="N", help="See --shard-index."
    ),
)
cluster = together(
    click.option(
        "--cluster",
        type=name,
        envvar="IPCMATRIX_CLUSTER",
        metavar="WHERE",
        help="Measure on the machines of a cluster: listen:HOST:PORT (this is the scheduler), "
        "tls://HOST:PORT, a scheduler file, or `here` to try it.",
    ),
    keys,
    click.option(
        "--machines", type=click.IntRange(1), metavar="N", help="Begin when so many are there."
    ),
    click.option(
        "--spread",
        type=click.Choice(["replicate", "shard"]),
        help="Every block on every machine, or each block on one.",
    ),
)
runs = click.argument("runs", nargs=-1, required=True, type=path, shell_complete=completed("runs"))
