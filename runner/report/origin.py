"""Where, when and how much was measured: the line under the title."""

import re
from collections.abc import Mapping

from runner.model.environment_hash import mapping
from runner.report import figures
from runner.report.view import View


def origin(view: View) -> str:
    """Return Pythons, machine, day, and how much was measured, in one line."""
    run = view.findings.run
    runs = view.findings.runs or [run]
    parts = []
    if view.pythons:
        ends = list(dict.fromkeys((view.pythons[0], view.pythons[-1])))
        parts.append(f"Python {'–'.join(ends)}")
    facts = mapping(run, "machine_facts")
    cpu = mapping(facts, "cpu")
    if len(view.machines) > 1:
        parts.append(figures.count(len(view.machines), "machine"))
    elif cpu:
        kind = "VM" if str(cpu.get("virtualisation", "")).split()[:1] not in ([], ["none"]) else ""
        cores = f"{cpu.get('cores', '?')}-core {kind or 'machine'}"
        system = str(mapping(facts, "kernel").get("system", ""))
        parts.append(", ".join(one for one in (system, cores) if one))
    if str(run.get("executor", "")) not in ("", "local"):
        parts.append("in containers")
    if day := _day(run):
        parts.append(day)
    planned, measured = view.findings.planned, view.findings.statuses.get("ok", 0)
    number = figures.count(planned, "combination")
    done = f"all {number} measured" if planned == measured else f"{measured:,} of {number} measured"
    sessions = sum(_sessions(one) for one in runs)
    parts.append(f"{done}, {figures.count(sessions, 'session')}" if sessions else done)
    return " · ".join(parts)


def _sessions(run: Mapping[str, object]) -> int:
    """Return how many sessions a run had; an older one counts them in what it began."""
    starts = run.get("starts")
    numbers = {
        number
        for start in (starts if isinstance(starts, list) else [])
        for number in (start.get("sessions") or [])
    }
    sessions = run.get("sessions")
    return len(numbers) or (len(sessions) if isinstance(sessions, list) else 0)


def _day(run: Mapping[str, object]) -> str:
    found = re.match(r"(\d{4})(\d\d)(\d\d)-", str(run.get("run", "")))
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    if not found or not 1 <= int(found[2]) <= 12:
        return ""
    return f"{int(found[3])} {months[int(found[2]) - 1]} {found[1]}"
