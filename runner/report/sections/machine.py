"""Where this was measured, and the one command that measures it again."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from runner.model import python_order
from runner.model.environment_hash import environment_hash_of, mapping
from runner.report import figures, text
from runner.report.document import Column, Excerpt, Section, Table, entries
from runner.report.names import names_of_runs
from runner.report.sections.machines import shared
from runner.report.view import View

_COLUMNS = (Column("fact"), Column("value"))
_RUNS = (
    Column("run"),
    Column("machine"),
    Column("environment hash"),
    Column("profile"),
    Column("executor"),
    Column("seed"),
)
_CONTAINERS = (
    Column("Python"),
    Column("image"),
    Column("digest"),
    Column("base"),
    Column("base digest"),
    Column("source"),
)
_IMAGE = ("image", "image_digest", "image_base", "image_base_digest", "image_source")
_LEFT_OUT = ("format", "left_out", "matrix.text", "sessions")
_SHOWN = 200


def machine(view: View) -> Section:
    """Return the facts of the machine, and the command that measures the same again."""
    run = view.findings.run
    # The user's own files that the matrix names.
    files = ", with the files in the run's folder files/ beside it" if run.get("files") else ""
    source = str(mapping(run, "matrix").get("text", ""))
    said = [
        f"Measured on {_facts_of(view)}. To repeat it, save the matrix (matrix.text of "
        f"run.json) as {_file_of(run)}{files}, and run the command below there.",
        *(f"Incomplete: {text.line(one, 300)}." for one in view.findings.truncated),
        *_left_out(view),
        *shared(view),
    ]
    return Section(
        "machine",
        "Machine, and how to reproduce",
        said,
        command=command(run),
        details=[_runs(view), *_unknown(view), *_containers(run), *_facts(run)],
        excerpts=[Excerpt("The matrix as used", source)] * bool(source),
    )


def _facts_of(view: View) -> str:
    """Return machine, system, Pythons and run, in one line."""
    run = view.findings.run
    facts = mapping(run, "machine_facts")
    cpu, kernel = mapping(facts, "cpu"), mapping(facts, "kernel")
    memory = str(mapping(facts, "memory").get("total_kib", ""))
    versions = mapping(run, "interpreters")
    pythons = ", ".join(
        str(mapping(versions, one).get("version", "")) or one for one in view.pythons
    )
    hardware = (
        f"{cpu.get('model', '')}, {cpu.get('cores', '?')} cores" if cpu else "",
        figures.size(1024 * float(memory)) if memory.isdecimal() else "",
        cpu.get("virtualisation", ""),
    )
    release = f"{kernel.get('system', '')} {kernel.get('release', '')}".strip()
    executor = f"executor {run['executor']}" if run.get("executor") else ""
    parts = (
        _listed(hardware),
        _listed((release, kernel.get("libc", ""), executor)),
        f"Python {pythons}" if pythons else "",
        f"run {names_of_runs(view.findings)}",
    )
    return "; ".join(text.line(one) for one in parts if one)


def _listed(facts: Sequence[object]) -> str:
    return ", ".join(str(one) for one in facts if one)


def _left_out(view: View) -> Iterator[str]:
    """Say which interpreters of the machine `found` left out, since they did not work."""
    runs = view.findings.runs or [view.findings.run]
    lists = [run.get("left_out") for run in runs]
    lines = [one for each in lists if isinstance(each, list) for one in each]
    for one in dict.fromkeys(map(str, lines)):
        yield f"Interpreter left out: {text.line(one, 300)}."


def _unknown(view: View) -> list[Table]:
    """Return which counters each machine did not have."""
    sessions: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for row in view.findings.noise:
        if row.without_data:
            sessions.setdefault((row.machine, row.without_data), []).append(str(row.session))
    lines = [
        entries(text.line(where), ", ".join(numbers), ", ".join(without_data))
        for (where, without_data), numbers in sessions.items()
    ]
    columns = [Column("machine"), Column("sessions"), Column("not available")]
    title = "Counters that the machine did not have"
    return [Table("unknown", title, columns, lines)] * bool(lines)


def command(run: Mapping[str, object], matrix: str = "") -> str:
    """Return the one command that measures the same again; `matrix` replaces the file's name."""
    words = _words(run)
    return " ".join(map(_quoted, _with_matrix(words, matrix) if matrix else words))


def _words(run: Mapping[str, object]) -> list[str]:
    """Return the words of the command; of a run that has none, from its matrix and measure."""
    given = run.get("command")
    if isinstance(given, Sequence) and not isinstance(given, str) and given:
        words = [str(one) for one in given]
        # The program's name, in place of the path by which it was started.
        return ["ipcmatrix", *words[1:]] if words[0].endswith((".py", "/ipcmatrix")) else words
    asked, measure = mapping(run, "matrix"), mapping(run, "measure")
    words = ["ipcmatrix", "run", "--matrix", str(asked.get("source") or "matrix.yaml")]
    if asked.get("profile"):
        words += ["--profile", str(asked["profile"])]
    if measure.get("seed") is not None:
        words += ["--seed", str(measure["seed"])]
    return words


def _file_of(run: Mapping[str, object]) -> str:
    """Return where the command looks for the matrix: matrix.yaml unless it names a file."""
    words = _words(run)
    named = [one.partition("=")[2] for one in words if one.startswith("--matrix=")]
    named += [after for one, after in pairwise(words) if one == "--matrix"]
    return f"{text.line(named[0]) if named else 'matrix.yaml'} in an empty folder"


def _quoted(word: str) -> str:
    """Return a word for a shell, which still finds the home in one that begins with ~/."""
    return f"~/{shlex.quote(word[2:])}" if word[:2] == "~/" and word[2:] else shlex.quote(word)


def _with_matrix(words: list[str], name: str) -> list[str]:
    """Return the words with `--matrix NAME`, whether or not they named one."""
    kept = [one for one in words if not one.startswith("--matrix=")]
    if "--matrix" in kept:
        place = kept.index("--matrix")
        kept = kept[:place] + kept[place + 2 :]
    return [*kept, "--matrix", name]


def _runs(view: View) -> Table:
    runs = view.findings.runs or [view.findings.run]
    lines = [
        entries(
            *(
                text.line(_plain(one)) or figures.NOTHING
                for one in (
                    run.get("run"),
                    run.get("machine"),
                    run.get("environment_hash") or environment_hash_of(run),
                    mapping(run, "matrix").get("profile"),
                    run.get("executor"),
                    mapping(run, "measure").get("seed"),
                )
            )
        )
        for run in runs
    ]
    note = (
        "The environment is a digest of machine, kernel, limits, engine and executor: ratios are "
        "compared over time only within one."
    )
    return Table("runs", "Runs in this report", _RUNS, lines, note)


def _containers(run: Mapping[str, object]) -> list[Table]:
    """Return what each interpreter's container was made of; nothing where there was none."""
    places = {str(name): mapping(mapping(run, "places"), name) for name in mapping(run, "places")}
    lines = [
        entries(
            text.line(python),
            *(text.line(_plain(facts.get(one)), 300) or figures.NOTHING for one in _IMAGE),
        )
        for python, facts in sorted(places.items(), key=lambda one: python_order(one[0]))
        if facts.get("image")
    ]
    if not lines:
        return []
    return [Table("containers", "Containers", _CONTAINERS, lines)]


def _facts(run: Mapping[str, object]) -> list[Table]:
    """Return one table for each group of facts in run.json."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, value in _flat({name: run[name] for name in run if name != "registry"}):
        if key not in _LEFT_OUT:
            head, dot, rest = key.partition(".")
            groups.setdefault(head if dot else "run", []).append((rest or head, value))
    return [
        Table(
            f"facts-{place}",
            f"Facts: {group}",
            _COLUMNS,
            [entries(text.line(key), text.line(value, 300)) for key, value in facts[:_SHOWN]],
            f"{len(facts) - _SHOWN:,} more are in run.json." if len(facts) > _SHOWN else "",
        )
        for place, (group, facts) in enumerate(sorted(groups.items()))
    ]


def _flat(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name in sorted(value, key=str):
            yield from _flat(value[name], f"{key}.{name}" if key else str(name))
    else:
        yield key, _plain(value)


def _plain(value: object) -> str:
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_plain(one) for one in value)
    return str(value)
