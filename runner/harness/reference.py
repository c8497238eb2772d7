"""docs/transports.md, from what each transport says of itself (`runner/harness transports`)."""

from __future__ import absolute_import

import transports

HEAD = """\
# Transports

Made from the harness's own table by `python runner/harness transports`; do not edit by hand.

What a bound holds is what may wait between sender and receiver; a sender waits where it is full.
"For each pair" says that each producer has a channel to each worker, "for all" that they share one.
Without other words, the messages of each producer arrive in its order, whoever else sends.
Where an interpreter cannot have one its cells are `unsupported`, with the reason.
How one is added: [add-a-transport.md](add-a-transport.md).
"""

ROLES = (
    ("objects", "Between processes"),
    ("threads", "Within one process"),
    ("bound", "Ceilings: they move no objects"),
)

PLACES = {
    "process": "a process for each role",
    "thread": "threads of one process",
    "interpreter": "interpreters of one process",
    "pool": "workers of a Pool",
}


def page():
    """Return the whole page."""
    parts = [HEAD]
    known = [(name, transports.load(name)) for name in transports.NAMES]
    for role, title in ROLES:
        mine = [(name, module) for name, module in known if role == module.ROLE]
        parts.append("\n## %s\n\n" % title)
        parts.append(_row("transport", "what it is", "who serialises, where", "bound", "channel",
                          "order", "processes", "needs", "versions"))
        parts.append(_row(*["---"] * 9))
        parts.extend(_row(*_cells(name, module)) for name, module in mine)
    parts.append("\n## Pitfalls\n\n")
    for name, module in known:
        parts.append("- `%s`: %s.\n" % (name, module.ABOUT["pitfalls"]))
    return "".join(parts)


def _cells(name, module):
    about = module.ABOUT
    parameter = getattr(module, "PARAMETER", "")
    processes = PLACES[module.LAUNCH]
    if getattr(module, "HELPER", False):
        processes += ", and a server"
    if getattr(module, "TASKS", False):
        processes = "the producer, and workers of its own"
    return [
        "`%s`: %s" % (name, module.LABEL),
        module.SUMMARY + ("; after a colon: " + parameter if parameter else ""),
        about["serialises"],
        about["holds"],
        "for all" if module.SHARED else "for each pair" + (", both ways" if module.DUPLEX else ""),
        about.get("order", "kept"),
        processes,
        about.get("needs", "nothing"),
        about.get("versions", "all"),
    ]


def _row(*cells):
    return "| %s |\n" % " | ".join(cells)
