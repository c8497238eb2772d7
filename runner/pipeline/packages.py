"""The verb `packages install`, and what doctor and notes say of packages."""

import json
from collections.abc import Sequence
from typing import Any

from runner import output
from runner.errors import EnvironmentLacksError, IpcmatrixError
from runner.machine import interpreters, packages
from runner.machine.checks import Check
from runner.model import Interpreter, Matrix
from runner.pipeline.places import needed_pythons
from runner.pipeline.reading import MATRIX, Request, read_matrix
from runner.process import tilde


def install_packages(*, as_json: bool, **request: Any) -> int:
    """Install the packages of the matrix's interpreters; 1 where one could not be had."""
    matrix = read_matrix(Request(**request))
    results: dict[str, dict[str, object]] = {}
    failed = False
    for one in wanted(matrix, interpreters.find()):
        done = packages.install(one, matrix.packages[one.name], lambda line: output.say(line, ""))
        failed = failed or bool(done.lacking)
        folder = tilde(str(done.folder)) if done.folder else ""
        results[one.name] = {
            "folder": folder,
            "packages": dict(done.packages),
            "lacking": dict(done.lacking),
        }
        if not as_json:
            had = ", ".join(f"{name} {version}" for name, version in done.packages.items())
            output.line(f"{one.name}: {had or 'nothing'} in {folder}")
            for name, reason in done.lacking.items():
                output.line(f"  {name}: {reason}")
    if not results:
        message = "no package to install: `packages` names none for an interpreter of this machine"
        raise EnvironmentLacksError(message)
    if as_json:
        output.data(json.dumps({"version": 1, "interpreters": results}))
    return 1 if failed else 0


def wanted(matrix: Matrix, found: Sequence[Interpreter]) -> list[Interpreter]:
    """Return the interpreters here that the matrix measures and has packages for."""
    names = needed_pythons(matrix, "local", found)
    chosen = interpreters.resolve(names, found) if names else {}
    return [
        one._replace(name=name)
        for name, one in chosen.items()
        if isinstance(one, Interpreter) and name in matrix.packages
    ]


def check(found: Sequence[Interpreter]) -> Check:
    """Return what doctor says of the packages that the matrix here, or the shipped one, names."""
    try:
        lacking = {
            one.name: packages.installed(one, matrix.packages[one.name]).lacking
            for matrix in [read_matrix(Request(matrix=None))]
            for one in wanted(matrix, found)
        }
    except IpcmatrixError as error:
        why = str(error).splitlines()[0]
        return Check("packages", "warn", f"{MATRIX} says nothing of them: {why}", "mend it")
    missing = "; ".join(f"{', '.join(own)} for {name}" for name, own in lacking.items() if own)
    if missing:
        return Check("packages", "ok", f"missing: {missing}", "`ipcmatrix packages install`")
    return Check("packages", "ok", "every one that the matrix names is installed")
