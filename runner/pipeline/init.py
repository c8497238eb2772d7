"""The verb `init`: writes the files of a new folder for measuring."""

import os
from pathlib import Path

from runner import __version__, output
from runner.errors import EnvironmentLacksError
from runner.files import Drafts

MATRIX = """\
# What is measured, what is compared, and how. `ipcmatrix check` reports mistakes with their line,
# `ipcmatrix plan` shows what would be measured and how long it takes, `ipcmatrix run` measures.

axes:                # every combination of these values is measured
  python: [found]    # every interpreter of this machine; or versions: ["3.9", "3.13", "3.14t"]
  transport: [pipe, queue, simple_queue]   # `ipcmatrix list` shows all names
  placement: [apart] # processes bound to cores, senders and receivers apart; or free
  # payload: [int, "bytes:10000", dict]    # int if left out

grids:               # more combinations; an axis that is not named has its default
  - {transport: [pipe, queue], topology: fan_out, workers: [2, 4], placement: apart}
  - {python: [newest], transport: [pipe, queue]}   # free: the kernel chooses the cores

compare:             # measured side by side: what differs on one of these axes only
  axes:
    transport: {}
    placement: {python: [newest]}    # only on the newest Python
    # python: {transport: [pipe], placement: [apart]}
  baseline: {transport: queue, placement: free}    # what the ratios refer to

measure:
  target: 30ms       # how long the timed part of a trial takes
  precision: 5%      # a comparison ends when its interval is within this
  budget: 3m         # and the run when this is used up

executor: local      # or docker: each interpreter in a container
"""

IGNORED = """\
reports/
.ipcmatrix.lock
"""

NOXFILE = '''\
"""`nox -s matrix` measures matrix.yaml, `nox -s report -- reports/RUN` rebuilds a report."""

import nox


@nox.session(python=False)
def matrix(session: nox.Session) -> None:
    """Measure; what follows -- goes to `ipcmatrix run`."""
    session.run("ipcmatrix", "run", *session.posargs, external=True)


@nox.session(python=False, default=False)
def report(session: nox.Session) -> None:
    """Rebuild the report of a run."""
    session.run("ipcmatrix", "report", *session.posargs, external=True)
'''


WORKFLOWS = {"matrix": "matrix.yaml", "matrix-check": "check.yaml"}
"""Names of the workflows that `--github` writes, and their templates here."""


def workflow(template: str, install: str, profile: str = "") -> str:
    """Return a workflow of GitHub Actions, with how ipcmatrix is installed in it."""
    text = (Path(__file__).parent / "github" / template).read_text("utf-8")
    return text.replace("@INSTALL@", install).replace("@PROFILE@", profile)


def init(*, nox: bool, github: bool = False, folder: Path = Path()) -> int:
    """Write the missing files, and report each."""
    files = {"matrix.yaml": MATRIX, ".gitignore": IGNORED}
    if nox:
        files["noxfile.py"] = NOXFILE
    if github:
        install = f'pip install "ipcmatrix=={__version__}"'
        for name, template in WORKFLOWS.items():
            files[f".github/workflows/{name}.yml"] = workflow(template, install)
    there = {name: _lacking(folder / name, text) for name, text in files.items()}
    try:
        with Drafts(folder) as drafts:
            for name, text in files.items():
                if there[name] is None:
                    drafts.write(name, text)
    except OSError as error:
        message = (
            f"{error.filename}: cannot be written ({error.strerror}); choose a folder of your own"
        )
        raise EnvironmentLacksError(message) from None
    for name, lacking in there.items():
        written = lacking is None
        output.line(f"{name}: {'written' if written else f'exists, not changed{lacking}'}")
    output.line("next: `ipcmatrix doctor`, `ipcmatrix plan`, `ipcmatrix run`")
    return 0


def _lacking(path: Path, text: str) -> str | None:
    """Return None for a file that is not there, else what a .gitignore lacks, to be said of it."""
    if not os.path.lexists(path):
        return None
    if path.name != ".gitignore" or not path.is_file():
        return ""
    known = path.read_text("utf-8", errors="replace").splitlines()
    lacking = [line for line in text.splitlines() if line not in known]
    return f"; add to it: {' '.join(lacking)}" if lacking else ""
