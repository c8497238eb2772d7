"""The harness: one trial, one description, or an agent that waits for requests.

    python runner/harness describe           one JSON object: what this interpreter can do
    python runner/harness agent              requests on stdin, records on stdout, a JSON line each
    python runner/harness trial JSON         one trial by hand; its record as indented JSON
    python runner/harness probe NAME         one probe by hand

The agent protocol, version 1. Every line is one JSON object in ASCII.

    agent:    {"ready": true, "protocol": 1, "pid": 4711}
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
by process group, and answered as `timeout` within five seconds more.

RECORD is {"status", "detail", "messages", "seconds", "producer_seconds", "joined_seconds",
"cpu_user_seconds", "cpu_system_seconds", "voluntary_switches", "involuntary_switches",
"peak_rss_kib", "wall_seconds", "per_worker": [..], "latency": {"p50": s, ...}, "facts": {..}};
durations in seconds, null where not measured.

`describe` answers {"protocol", "version", "implementation", "transports": {name: reason},
"payloads", "topologies", "start_methods", "placements", "probes" (the same shape; the reason is
"" where supported), "default_start_method", "rules": [{"names": {axis: [name, ...]},
"workers": null or [least, most], "reason": "..."}], "facts": {name: text}}.
"""
