"""The verbs and their exit codes. Nothing heavy is imported before a verb is chosen."""

import os
import sys
from contextlib import suppress
from typing import Any

import click

from runner import __version__, cluster_verbs, groups, options, output
from runner.errors import IpcmatrixError
from runner.pipeline.choosing import REPORTS

COMPLETE = "_IPCMATRIX_COMPLETE"
"""Set where a shell asks for completions."""


def main() -> int:
    """Run the command line and return its exit code; a user's mistake gives no traceback."""
    output.install()
    try:
        if COMPLETE in os.environ:
            from runner.pipeline import completing

            completing.register()
        code = commands(prog_name="ipcmatrix", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        if isinstance(error, click.UsageError) and error.ctx is not None:
            output.say(error.ctx.get_usage(), "")
            output.say(f"Try '{error.ctx.command_path} --help' for help.", "")
        output.say(f"Error: {error.format_message()}", "")
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        output.say("interrupted; all measurements so far are kept")
        code = 130
    except IpcmatrixError as error:
        output.complain(error.args)
        code = error.exit_code
    with suppress(IpcmatrixError):  # or the interpreter would try it on its way out
        sys.stdout.flush()
    return int(code or 0)


@click.group(
    cls=options.Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="ipcmatrix")
def commands() -> None:
    """Which way of passing messages is fastest for my Python, payload and worker count?

    Begin with `ipcmatrix doctor`, then `ipcmatrix plan`, then `ipcmatrix run`; see --help of each
    command for more. A matrix file (matrix.yaml) lists what to measure.

    Exit codes: 0 ok, 1 some cells not ok or not measured, 2 bad input, 3 the environment lacks
    something, or the program has a bug (it says so), 4 a comparison gate failed, 130 interrupted.
    """


@commands.command()
@options.matrix
@options.json
def check(**given: Any) -> int:
    """Check the matrix file, and report every mistake with line and column."""
    from runner.pipeline.check import check

    return check(**given)


@commands.command("try")
@click.argument("file", type=options.name)
@click.argument("name", type=options.name, required=False)
@click.option(
    "--python",
    type=options.name,
    metavar="2.7,3.13",
    help="Interpreters to try it with; else every one that is found.",
)
@options.json
def try_file(**given: Any) -> int:
    """Check a transport, payload, topology or message of your own against the contract.

    FILE is named as under plugins in the matrix, NAME is that of a class in it, or a function that
    returns messages; ./messages.py:order names both. Delivery, order and content are checked with
    several payloads, topologies, start methods and placements; then a process is killed, and
    nothing may be left behind. Failures are shown with their traceback, and make the exit code 1.
    It takes seconds, and measures nothing.
    """
    from runner.pipeline.contract import try_file

    return try_file(**given)


@commands.command("list")
@click.argument(
    "kind",
    required=False,
    type=click.Choice(["transports", "payloads", "topologies", "pythons", "profiles"]),
)
@options.matrix
@options.json
def list_names(**given: Any) -> int:
    """List the names that a matrix and --only may hold, each in a line; without a KIND, all.

    Transports, payloads and topologies are those of ipcmatrix and of the matrix's plug-ins; before
    the colon stands what reports call them, which --only, --skip and compare --axis take as well.
    """
    from runner.pipeline.listing import list_names

    return list_names(**given)


@commands.command()
@options.matrix
@options.cells
@options.measuring
@click.option(
    "--shards", type=click.IntRange(1, 999_999), metavar="N", help="Spread over N machines."
)
@options.json
def plan(**given: Any) -> int:
    """Show what would be measured, what would not and why, and the time it takes."""
    from runner.pipeline.plan import show_plan

    return show_plan(**given)


@commands.command()
@options.matrix
@options.cells
@options.measuring
@click.option(
    "--out",
    type=options.path,
    default=REPORTS,
    show_default=True,
    help="Folder for the run's folder.",
)
@options.resume
@options.machine
@options.shard
@options.cluster
@click.option("--dry-run", is_flag=True, help="Show the plan and measure nothing.")
@click.option("--no-report", is_flag=True, help="Measure only; `ipcmatrix report` can follow.")
@options.quiet
@options.json
def run(**given: Any) -> int:
    """Measure the matrix and write the report, into a new folder."""
    from runner.pipeline.run import run

    return run(**given)


@commands.command()
@options.runs
@click.option("--out", type=options.path, help="Folder for the report (default: the run's folder).")
@click.option(
    "--bundle",
    type=options.path,
    metavar="FILE.zip",
    help="Also write a zip of one run: matrix, facts, trials, report, and the command that "
    "repeats it.",
)
@click.option(
    "--github",
    is_flag=True,
    help="Also append a summary to the file that GITHUB_STEP_SUMMARY names, and print a short "
    "comment for a pull request on stdout instead of the table.",
)
@click.option(
    "--pictures",
    type=options.pictures,
    default="svg",
    show_default=True,
    metavar="svg,png",
    help="Formats of the pictures; PNG is for slides and chats.",
)
@click.option("--no-pictures", is_flag=True, help="Write text, page and tables only.")
@click.option(
    "--format",
    "style",
    type=click.Choice(
        [
            *("short", "md", "html", "csv", "json", "png", "badge"),
            *("pyperf", "bmf", "github-action-benchmark"),
        ]
    ),
    help="Print one format instead of writing the folder; short is the table to paste, badge an "
    "SVG with the finding, the last three are for pyperf, Bencher and the action of that name.",
)
@click.option(
    "-o", "target", type=options.path, metavar="FILE", help="File for --format (default: stdout)."
)
@options.json
def report(**given: Any) -> int:
    """Rebuild the report of one or more runs from saved data.

    RUNS are folders that `ipcmatrix run` made. The report is report.md, report.html, pictures/ and
    tables/; the headline table goes to stdout.
    """
    style, target = given.pop("style"), given.pop("target")
    if given.pop("no_pictures"):
        given["pictures"] = ()
    if style is not None:
        from runner.pipeline.printing import print_format

        return print_format(given["runs"], style, target)
    if target is not None:
        message = "-o names the file of --format: add --format, or name a folder with --out"
        raise click.UsageError(message)
    from runner.pipeline.report import report

    return report(**given)


@commands.command()
@click.argument("words", nargs=-1, shell_complete=options.completed("words"))
@click.option(
    "--run",
    type=options.name,
    metavar="RUN",
    shell_complete=options.completed("runs"),
    help="A run's folder, or the name of one in reports/. [default: the newest in reports/]",
)
@options.json
def ask(**given: Any) -> int:
    """Answer for a situation: `ipcmatrix ask 3.13 100kB 4 workers`.

    WORDS, in any order: a Python (3.13, newest, oldest), the size of a message (100kB, 64 B) or a
    payload's name, `4 workers`, a topology (one_to_one, round trips), a placement (free, bound),
    and transports to choose from. What is left out is as the report shows it first. Where the
    situation was not measured, the nearest measured one is named, with what differs.
    """
    from runner.pipeline.ask import ask

    return ask(**given)


@commands.command("open")
@click.argument("run", required=False, type=options.name, shell_complete=options.completed("runs"))
def open_page(**given: Any) -> int:
    """Show the page of RUN, or of the newest run in reports/, in the browser; print its path."""
    from runner.pipeline.showing import open_page

    return open_page(**given)


@commands.command()
@options.runs
@click.option("--out", type=options.path, required=True, help="Folder of the merged run.")
@click.option("--require-all", is_flag=True, help="Refuse to merge while shards are missing.")
@options.json
def merge(**given: Any) -> int:
    """Merge the parts of a run, from several machines, into one folder for `report` and `compare`.

    RUNS are folders that `ipcmatrix run --shard` made, or merged ones. They are not changed.
    """
    from runner.pipeline.merging import merge

    return merge(**given)


@commands.command()
@click.argument(
    "sides",
    nargs=-1,
    required=True,
    type=options.name,
    shell_complete=options.completed("runs"),
)
@click.option("--axis", metavar="NAME", help="Compare two values of this axis within one run.")
@click.option("--by", metavar="AXIS", help="Also pool the cells of each value of this axis.")
@click.option(
    "--fail-on",
    metavar="slower:5%",
    help="Exit with 4 if a cell is certainly slower (or faster:5%) by more than that.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "md", "json", "github"]),
    default="text",
    show_default=True,
    help="Text with at most 25 changes, Markdown or JSON with all, or as `report --github`: the "
    "summary into the file that GITHUB_STEP_SUMMARY names, a short comment on stdout.",
)
def compare(**given: Any) -> int:
    """Compare two runs (OLD NEW), or two values of an axis (--axis python 3.8 3.13 RUN).

    OLD and NEW are folders of runs of one machine; without RUN, --axis takes the newest in
    reports/. An undecided change does not fail a gate, and is reported as undecided.
    """
    from runner.pipeline.compare import compare

    return compare(**given)


@commands.command()
@click.argument("folder", metavar="SITE", type=options.path)
@click.argument("runs", metavar="[RUN]...", nargs=-1, type=options.path)
@click.option("--url", type=options.name, help="Address of the site: writes a feed of the runs.")
@click.option(
    "--fail-on",
    metavar="slower:5%",
    help="Exit with 4 if the new runs show a change point (slower, or faster:5%) beyond that.",
)
@click.option(
    "--github",
    is_flag=True,
    help="Also append the changes to the file that GITHUB_STEP_SUMMARY names.",
)
@options.json
def publish(**given: Any) -> int:
    """Add RUNs to a static site, and write its pages: newest finding, changes, history, reports.

    SITE is the folder of the site; it is created if missing. Without a RUN its pages are rebuilt.
    The site keeps a summary of every run, so the runs are not needed again. Its pages load nothing
    from elsewhere and can be read from disk. A change is lasting if at least two runs on either
    side of it differ by more than the margin and the scatter between runs.
    """
    from runner.pipeline.publish import publish

    return publish(**given)


@commands.command()
@click.option("--nox", is_flag=True, help="Also write a noxfile with the sessions matrix, report.")
@click.option(
    "--github",
    is_flag=True,
    help="Also write workflows of GitHub Actions: a weekly run over several jobs in containers, "
    "published as a site, and a check of matrix.yaml.",
)
def init(**given: Any) -> int:
    """Write a small matrix.yaml to start from, and .gitignore; existing files are kept."""
    from runner.pipeline.init import init

    return init(**given)


@commands.command()
@options.json
def doctor(**given: Any) -> int:
    """Show what this machine has and lacks for measuring, and what to do."""
    from runner.pipeline.doctor import doctor

    return doctor(**given)


@commands.command()
def schema() -> int:
    """Print the JSON Schema of matrix.yaml."""
    from runner.pipeline.check import print_schema

    return print_schema()


@commands.command()
@click.option(
    "--python",
    type=options.name,
    metavar="NAME",
    help="Interpreter to test with (default: the newest found).",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=20),
    default=60,
    show_default=True,
    help="Rounds in each session; more find smaller differences.",
)
@click.option(
    "--sessions",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Number of sessions.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the order of trials.")
@options.json
def selftest(**given: Any) -> int:
    """Check this machine: identical code must tie, and a known difference must be found."""
    from runner.pipeline.selftest import selftest

    return selftest(**given)


@commands.command()
def clean() -> int:
    """Remove what killed runs left behind: temporary folders and containers."""
    from runner.pipeline.clean import clean

    return clean()


for verb in (*groups.GROUPS, *cluster_verbs.VERBS):
    commands.add_command(verb)
