"""Phases and clocks of a trial; knows no transport.

The process that runs this supervises: it has no threads, and producers and workers are all its
children. Channel up, workers up, warm-up drained, timed phase, checked phase, all leave.
"""

from __future__ import absolute_import

import compat
import delivery
import guard
import launch
import leftovers
import payloads
import placement
import quarters
import topologies
import transports
from crew import Stall, TrialTrouble
from topologies import Outcome

FIELDS = (
    "status",
    "detail",
    "messages",
    "seconds",
    "send_seconds",
    "join_seconds",
    "cpu_user_seconds",
    "cpu_system_seconds",
    "voluntary_switches",
    "involuntary_switches",
    "peak_rss_kib",
    "peak_rss_sum_kib",
    "wall_seconds",
    "per_worker",
    "latency",
    "quarter_seconds",
    "bound_to",
    "facts",
)

COMPILES = compat.jit() in ("pypy", "on")
"""Whether the interpreter compiles at run time; set once, by the agent, for all its forks."""

LONG_WARM_UP = 1.0
"""Seconds that the warm-up lasts at least under such an interpreter."""


def empty_record(status, detail):
    """Return the record of a trial that measured nothing."""
    record = dict.fromkeys(FIELDS)
    record.update(status=status, detail=detail, messages=0)
    record.update(per_worker=[], latency={}, quarter_seconds=[], bound_to="", facts={})
    return record


def run(spec):
    """Run one trial; return its record, whatever happens except a hang."""
    started = compat.now()
    before = leftovers.seen() if spec.get("leftovers") else None
    trial = None
    try:
        trial = Supervision(spec)
        record = trial.measure()
    except TrialTrouble as trouble:
        record = empty_record(trouble.status, trouble.detail)
    except transports.Unsuitable as reason:
        record = empty_record("unsupported", str(reason))
    except BaseException:
        record = empty_record("failed", guard.failure())
    finally:
        if trial is not None:
            trial.clear_away()
    record["wall_seconds"] = compat.now() - started
    if before is not None:
        left = leftovers.since(before, spec["leftovers"])
        record["facts"] = dict(record["facts"], left="\n".join(left))
    return record


class Supervision(object):
    """One trial from its channels to its record."""

    def __init__(self, spec):
        self.spec = dict(spec, jit=spec.get("jit", COMPILES))
        self.transport, self.parameter = transports.parse(spec["transport"])
        self.tasks = getattr(self.transport, "TASKS", False)
        self.topology, _ = topologies.parse(spec["topology"])
        # Its mistakes are reported before anything starts.
        self.payload = payloads.build(spec["payload"])
        self.context = compat.context(spec["start_method"])
        self.layout = self.topology.layout(self.transport, spec["workers"])
        self.producers = [
            index
            for index, role in enumerate(self.layout.roles)
            if role.kind == topologies.PRODUCER
        ]
        self.cores = compat.allowed_cores()
        self.places = self._places()
        self.channels = []
        self.crew = None
        self.pids = []

    def measure(self):
        """Go through the phases; return the record. TrialTrouble for all that goes wrong."""
        spec = self.spec
        fault = spec.get("fault") or ""
        if spec["placement"] == "together":
            # What else is started, a Pool's own process, inherits it from here.
            compat.run_on(self.places.workers[0])
        self._open()
        facts = self._facts()
        self.crew = launch.start(
            self.context, self.transport, spec, self.layout, self.channels, self.places
        )
        ready = self.crew.gather("ready")
        facts["gil"] = max(answer[3] for answer in ready)  # yes where it is on in one of them
        self.pids = [answer[1] for answer in ready]
        if spec["placement"] != "free":
            cores = [answer[2] for answer in ready]
            count = len(self.producers)
            self.places = self.places._replace(producers=cores[:count])
            if cores[count:]:
                self.places = self.places._replace(workers=cores[count:])
        self._warm_up(spec["warmup"])
        helpers = self._helper_usages()
        outcomes = self._phase("timed", spec["messages"], fault)
        spent, peak = self._spent(helpers)
        delivery.check_counts(*self._sides(outcomes), expected=spec["messages"])
        if spec["verify"]:
            checked = self._phase("check", spec["verify"], fault)
            delivery.check_contents(checked, len(self.producers), spec["verify"])
        return self._record(outcomes, spent, peak, self.crew.leave(), facts)

    def _places(self):
        """Return the placement.Places of all processes."""
        name, cores = self.spec["placement"], placement.machine()
        if name == "apart" and len(cores) < 2:
            raise TrialTrouble("unsupported", placement.ONE_CORE)
        workers = self.spec["workers"]
        if not self.tasks:
            workers = len(self.layout.roles) - len(self.producers)
        helpers = self.layout.channels if getattr(self.transport, "HELPER", False) else 0
        return placement.places(name, cores, len(self.producers), workers, helpers)

    def _open(self):
        if self.transport.LAUNCH in launch.WITHIN_ONE:
            # The process that hosts the threads opens them: they cannot be handed to it.
            self.channels = [None] * self.layout.channels
            return
        for index in range(self.layout.channels):
            helper = self.places.helpers[index : index + 1]
            if hasattr(self.transport, "PARAMETER"):
                helper = [self.parameter]
            self.channels.append(self.transport.open(self.context, *helper))
            if hasattr(self.transport, "fit"):
                self.transport.fit(self.channels[-1], self.payload)
        if self.tasks:
            # A pool's workers are its own: all of them share the cores of workers.
            cores = sorted(set(sum(self.places.workers, [])))
            self.places = self.places._replace(workers=[cores] * self.spec["workers"])
            self.channels[0].cores = cores
            self.transport.ends(self.channels[0], 1, self.spec["workers"])
        else:
            launch.count_ends(self.transport, self.channels, self.layout.roles)

    def _facts(self):
        method = self.spec["start_method"]
        facts = {
            "start_method": compat.default_start_method() if method == "default" else method,
            "clock": compat.CLOCK,
            "cores_allowed": ",".join(str(core) for core in compat.allowed_cores()),
        }
        own = self.transport.facts(self.channels[0])
        facts.update((str(name), str(value)) for name, value in own.items())
        return facts

    def _warm_up(self, count):
        """Move `count` messages, again and again for a second where the loops get compiled."""
        begin = compat.now()
        if count:
            self._phase("timed", count, "")
        lasts = self.spec.get("long_warm_up", LONG_WARM_UP)
        while self.spec["jit"] and compat.now() - begin < lasts:
            self._phase("timed", max(1, count), "")

    def _phase(self, kind, count, fault):
        self.crew.command(kind, count, fault)
        stall = Stall(self.crew, self.producers, self.pids)
        return [Outcome(*answer[1]) for answer in self.crew.gather("outcome", stall)]

    def _helper_usages(self):
        if self.transport.LAUNCH in launch.WITHIN_ONE:
            return []
        return [self.transport.helper_usage(channel) for channel in self.channels]

    def _spent(self, helpers_before):
        """Return the Usage of all processes that took part in the timed phase, and their peak.

        The peak is that of the largest; the Usage holds the sum of all their peaks.
        """
        self.crew.command("usage")
        # Roles that are threads of one process share its usage: count each process once.
        by_pid = {}
        for answer in self.crew.gather("usage"):
            by_pid.update(answer[1])
        spent = [compat.Usage(*used) for used in by_pid.values()]
        for before, after in zip(helpers_before, self._helper_usages()):
            if before is not None and after is not None:
                spent.append(compat.used_between(before, after))
        sums = [sum(column) for column in zip(*spent)]
        return compat.Usage(*sums), max(used.peak_rss_kib for used in spent)

    def _sides(self, outcomes):
        """Return the producers' and the workers' outcomes."""
        count = len(self.producers)
        return outcomes[:count], outcomes[count:]

    def _record(self, outcomes, spent, peak, joins, facts):
        producers, workers = self._sides(outcomes)
        first = min(outcome.first for outcome in producers)
        received = max(each.received for each in outcomes if each.received is not None)
        shares = producers if len(producers) > 1 else workers
        record = empty_record("ok", "")
        record.update(
            messages=self.spec["messages"],
            seconds=received - first,
            send_seconds=max(outcome.last for outcome in producers) - first,
            join_seconds=self._joined(producers, received, joins) - first,
            cpu_user_seconds=spent.user,
            cpu_system_seconds=spent.system,
            voluntary_switches=spent.voluntary,
            involuntary_switches=spent.involuntary,
            peak_rss_kib=peak,
            peak_rss_sum_kib=spent.peak_rss_kib,
            per_worker=[outcome.count for outcome in shares],
            latency=producers[0].latencies or {},
            quarter_seconds=self._quarters(first, received, outcomes),
            bound_to=placement.as_text(self.places),
            facts=facts,
        )
        return record

    def _quarters(self, first, received, outcomes):
        """Return the seconds until each quarter of the messages had come, [] where not noted."""
        count = self.spec["messages"]
        if not self.spec["jit"] or count < 4:
            return []
        steps = [tuple(step) for outcome in outcomes for step in outcome.steps]
        return [moment - first for moment in quarters.moments(first, received, steps, count)]

    def _joined(self, producers, received, joins):
        """Return the moment when the producer's own wait for its readers would have ended.

        A JoinableQueue's join was in the trial. Elsewhere the readers are joined at the end of
        the trial, behind the checked phase: what that took is added to the last receive.
        """
        finished = [outcome.finished for outcome in producers if outcome.finished is not None]
        if finished:
            return max(finished)
        seen = [join for join in joins[len(producers) :] if join is not None]
        return received + max(seen) if seen else received

    def clear_away(self):
        """End the rest of the trial: roles that did not leave, channels, connections."""
        if self.crew is not None:
            self.crew.dismiss()
        if self.spec["placement"] == "together":
            compat.run_on(self.cores)
        for channel in self.channels:
            if channel is not None:
                try:
                    self.transport.close(channel)
                except BaseException:
                    # A channel broken by a dead role cannot be closed; the trial's record says
                    # what happened, and the guard ends whatever is left of it.
                    pass
