"""The verb `init`: writes the files of a new folder for measuring."""

import os
from pathlib import Path

from runner import __version__, output
from runner.errors import EnvironmentLacksError
from runner.files import Drafts

MATRIX = """\
# What is measured, what is compared, and how. `ipcmatrix check` reports mistakes with their line,
# `ipcmatrix plan` shows the cells and the time needed, `ipcmatrix run` measures.

axes:                        # every cell of the product is measured
  python: [found]            # every interpreter here; or versions, as in ["3.9", "3.13", "3.14t"]
  transport: [pipe, queue, simple_queue]
  placement: [apart]         # senders on cores of their own, receivers on others; or free
  # payload: [int, "bytes:10000", dict]

grids:                       # further products; axes that are not named have their default
  - {transport: [pipe, queue], topology: fan_out, workers: [2, 4], placement: apart}
  - {python: [newest], transport: [pipe, queue]}   # placement free, as the scheduler has it

compare:
  axes:                  # cells that differ in one of these only are measured side by side
    transport: {}
    placement: {python: [newest]}
    # python: {transport: [pipe], placement: [apart]}
  baseline: {transport: queue, placement: free}

measure:
  target: 60ms               # timed part of a trial
  precision: 5%              # a comparison is done when its interval is at most this wide
  budget: 3m                 # at most this long in all

executor: local              # or docker: each interpreter in a container of its own
"""

IGNORED = """\
reports/
.ipcmatrix.lock
"""

NOXFILE = '''\
"""`nox -s matrix` measures matrix.yaml, `nox -s report -- reports/RUN` writes a report again."""

import nox


@nox.session(python=False)
def matrix(session: nox.Session) -> None:
    """Measure; what follows -- goes to `ipcmatrix run`."""
    session.run("ipcmatrix", "run", *session.posargs, external=True)


@nox.session(python=False, default=False)
def report(session: nox.Session) -> None:
    """Write the report of a run again."""
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
