"""The harness: one trial, one description, or an agent that waits for requests.

    python runner/harness names [MARK [FILES]]     one JSON object: what may stand in a matrix
    python runner/harness describe [MARK [FILES]]  the same, and what this interpreter can do of it
    python runner/harness agent [MARK [FILES]]     requests on stdin, records on stdout, a JSON line
                                                   each
    python runner/harness trial JSON         one trial by hand; its record as indented JSON
    python runner/harness probe NAME         one probe by hand
    python runner/harness transports         docs/transports.md: what each transport is

The agent protocol, version 2. Every line is one JSON object in ASCII. With a MARK each answer is
a line of its own that begins with it: stdout also carries what a sitecustomize, a wrapper or a
process of theirs prints, before `ready` and later. Text printed in the harness itself once
it has started goes to stderr.

    agent:    {"ready": true, "protocol": 2, "pid": 4711}
    request:  {"op": "describe"}
    answer:   {"describe": {...}}
    request:  {"op": "run", "id": "7", "invocation": "forked", "trials": [TRIAL, ...]}
    answers:  {"id": "7", "trial": 0, "record": RECORD}, one for each trial, in order; then
              {"id": "7", "end": true}
    request:  {"op": "probe", "id": "8", "name": "join_before_drain", "timeout": 10.0}
    answer:   {"id": "8", "probe": {"answer": "yes", "detail": "...", "figures": {...}}}
    request:  {"op": "facts"}
    answer:   {"facts": {...}}: affinity, limits and identity as seen from inside
    request:  {"op": "exit"}, or the end of stdin: the agent ends all that it started, and itself
    a request that cannot be understood: {"id": ..., "error": "..."}

TRIAL is {"transport", "payload", "topology", "workers", "start_method", "placement",
"messages": whole number, "warmup": messages, "verify": messages, "timeout": seconds,
"fault": "" or "role:kind"}. A trial that does not end within its timeout is ended by the guard,
by process group, and answered as `timeout` within five seconds more. Under an interpreter that
compiles at run time (fact `jit`: pypy or on) the warm-up is repeated until a second has passed;
it must fit into the timeout. "jit": true or false replaces the fact, "long_warm_up" for the
second; only tests send them. "leftovers": seconds asks what the trial leaves behind for as long:
the fact `left`, a line each of files, shared memory and processes.

RECORD is {"status", "detail", "messages", "seconds", "send_seconds", "join_seconds",
"cpu_user_seconds", "cpu_system_seconds", "voluntary_switches", "involuntary_switches",
"peak_rss_kib": the largest process, "peak_rss_sum_kib": all together, "wall_seconds",
"per_worker": [..], "latency": {"p50": s, ...}, "quarter_seconds": [..], "bound_to": text,
"facts": {..}}; durations in seconds, null where not measured. `bound_to` lists the cores of each
producer, each worker and each helper process, as 0;1/2/3 (see placement.as_text), "" where all are
free.
`quarter_seconds` are those from the first send until a quarter, half, three quarters and all of
the messages had come, to all receivers together; [] where the interpreter does not compile at run
time, and for fewer than four messages.

`describe` answers {"version", "implementation", "transports": {name: reason}, "payloads",
"topologies", "start_methods", "placements", "probes" (the same shape; the reason is "" where
supported), "default_start_method", "rules": [{"names": {axis: [name, ...]}, "workers": null or
[least, most], "reason": "..."}], "facts": {name: text}, "registry": {"transport": [{"name",
"label", "summary", "parameter": what may stand after the colon, or "", "role": "objects", "bound"
or "threads", "shared": whether many processes use one end}], "payload": [{"name", "label",
"summary", "parameter", "item_bytes": bytes for each item that it counts, or null}], "topology":
[{"name", "label", "summary", "parameter"}], "probe": [{"name", "label", "summary"}]}}; a table's
order is that in which reports list its names. `names` gives of it "start_methods", "placements",
"registry" and "faults", and looks for no package.
"""

from __future__ import absolute_import, print_function

import json
import os
import sys


def main(arguments):
    """Do what the command line asks; return the exit code."""
    verb = arguments[0] if arguments else "help"
    if verb == "agent":
        import agent

        agent.main(*arguments[1:3])
    elif verb in ("names", "describe"):
        describe_by_hand(verb, *arguments[1:3])
    elif verb == "transports":
        import reference

        sys.stdout.write(reference.page())
    elif verb in ("trial", "probe") and len(arguments) == 2:
        return by_hand(verb, arguments[1])
    elif verb == "invocation" and len(arguments) == 3:
        import agent
        import guard

        trials = list(enumerate(json.loads(arguments[1])))
        guard.serve(lambda emit: agent.work(trials, emit), int(arguments[2]))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


DEFAULTS = {
    "transport": "pipe",
    "payload": "int",
    "topology": "one_to_one",
    "workers": 1,
    "start_method": "default",
    "placement": "free",
    "messages": 10000,
    "warmup": 1000,
    "verify": 100,
    "timeout": 30.0,
    "fault": "",
}


def describe_by_hand(verb, mark="", files=""):
    """Print what this interpreter knows or can do, or write it as an answer of the agent's."""
    import agent
    import compat
    import guard
    import userfiles

    os.environ.update({userfiles.FOLDER: files} if files else {})
    answers = agent.Answers(mark) if mark else None
    compat.adopt_orphans()
    folder = guard.Folder()
    folder.use()
    try:
        userfiles.examine(folder)
        import describe

        given = getattr(describe, verb)()
    finally:
        folder.remove()
    if answers is None:
        print(json.dumps(given, indent=1, sort_keys=True))
    else:
        answers.write(given)


def by_hand(verb, text):
    """Run one trial or probe under the guard and print what it gives."""
    import agent
    import compat
    import guard

    compat.adopt_orphans()
    folder = guard.Folder()
    folder.use()
    try:
        if verb == "probe":
            given = agent.run_probe(text, 30.0, folder)
        else:
            spec = dict(DEFAULTS, **json.loads(text))
            given = next(agent.run_trials({"trials": [spec]}, folder))[1]
    finally:
        folder.remove()
    print(json.dumps(given, indent=1, sort_keys=True))
    return 0 if given.get("status", "ok") == "ok" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
